import type { Clock } from '../../clock.ts';
import { BackplaneError } from '../backplane.ts';
import { RedisClient } from './redis-client.ts';
import type { Target } from './redis-target.ts';
import type { HostPort } from './redis-url.ts';

/** A question to Sentinels, which know where the Redis is that takes writes. */
export interface SentinelQuestion {
  /** The Sentinels. */
  readonly targets: readonly Target[];
  /** Name by which they know that Redis. */
  readonly master: string;
  readonly clock: Clock;
  /** Milliseconds until each step of a Sentinel has to be done. */
  readonly callMs: number;
  /** Ends the question. Its reason is a `BackplaneError`. */
  readonly signal: AbortSignal;
}

/**
 * Asks all Sentinels at once, since some may be away, and takes the first answer. One that is no longer true is found
 * out by the role of the Redis that it leads to.
 *
 * @throws {BackplaneError} when none knows.
 */
export async function askSentinels(question: SentinelQuestion): Promise<HostPort> {
  const clients = question.targets.map((target) => clientOf(target, question));
  const cut = (error: BackplaneError): void => {
    for (const client of clients) client.cut(error);
  };
  const abort = (): void => cut(question.signal.reason);
  question.signal.addEventListener('abort', abort);
  if (question.signal.aborted) abort();
  try {
    return await Promise.any(clients.map((client) => ask(client, question.master)));
  } catch (thrown) {
    const { errors } = thrown as { readonly errors: readonly BackplaneError[] };
    // A mistake in the setup is the best reason of several.
    throw errors.find(({ problem }) => problem === 'refused') ?? errors[0];
  } finally {
    question.signal.removeEventListener('abort', abort);
    cut(new BackplaneError('closed', 'Another Sentinel has answered.'));
    await Promise.all(clients.map(({ ended }) => ended));
  }
}

function clientOf(target: Target, { callMs, clock }: SentinelQuestion): RedisClient {
  return new RedisClient({ ...target, callMs, clock, failed: () => {} });
}

async function ask(client: RedisClient, master: string): Promise<HostPort> {
  await client.connect();
  const reply = await client.ask((redis) => redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master));
  const [host, port] = Array.isArray(reply) ? reply : [];
  if (typeof host === 'string' && /^\d{1,5}$/.test(String(port))) return { host, port: Number(port) };
  throw new BackplaneError(
    'unreachable',
    `The Sentinel at ${client.place} knows no master of this name: check the name in the URL.`,
  );
}
