import { unawaited } from '../../promises.ts';
import { within } from '../../within.ts';
import { BackplaneError } from '../backplane.ts';
import type { Link } from './link.ts';
import type { LinkParts } from './link-parts.ts';

/** Milliseconds to wait at the start for the backplane. Without it the server starts all the same. */
const START_MS = 5_000;

/**
 * Starts a link. Resolves when it is linked, or when that takes too long: it goes on.
 *
 * @throws {BackplaneError} for a mistake in the setup, and when it is closed before.
 */
export async function startLink(
  link: Link,
  { alarms, leaseMs, log }: Pick<LinkParts, 'alarms' | 'leaseMs' | 'log'>,
  isClosed: () => boolean,
): Promise<void> {
  const linked = unawaited(link.start());
  try {
    let isInTime = await within(linked, START_MS, alarms);
    // That of an earlier start of this node, which has crashed, or that of another node: it soon shows which.
    if (!isInTime && link.lease.isAwaited) isInTime = await within(linked, 2 * leaseMs, alarms);
    if (isClosed()) throw new BackplaneError('closed', 'This server was closed before it has started.');
    if (isInTime) return;
  } catch (error) {
    // It would try again for ever.
    await link.close();
    throw error;
  }
  log.warn({ state: link.state }, 'the server starts without the other nodes: the backplane does not answer yet');
}
