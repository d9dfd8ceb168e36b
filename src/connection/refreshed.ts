import type { Alarms } from '../clock.ts';
import { loggable } from '../errors.ts';
import { HubScope } from '../hub/hub-scope.ts';
import { promiseOf } from '../promises.ts';
import { within } from '../within.ts';
import type { SessionCaller } from './session-caller.ts';

/**
 * Runs the hub's `onAuthenticationRefreshed`, within `invocationTimeoutMs`.
 *
 * @throws {Error} what it throws, or a text that it took too long. The refresh itself stands.
 */
export async function runRefreshed(caller: SessionCaller, alarms: Alarms): Promise<void> {
  const { connectionId, hub } = caller;
  const { invocationTimeoutMs } = hub.options;
  const scope = new HubScope(caller);
  try {
    const work = promiseOf(hub.record.onAuthenticationRefreshed?.(scope.hub));
    if (invocationTimeoutMs === 0) await work;
    else if (!(await within(work, invocationTimeoutMs, alarms))) {
      scope.expire(`onAuthenticationRefreshed took longer than ${invocationTimeoutMs} ms; its hub is closed.`);
      throw new Error(`It took longer than invocationTimeoutMs, ${invocationTimeoutMs} ms.`);
    }
  } catch (error) {
    hub.log.warn({ error: loggable(error), connectionId }, 'onAuthenticationRefreshed failed');
    throw error;
  }
}
