import { objectOf, type Rules, whole } from '../option-checks.ts';
import { RATE, type Rate, type ResolvedRate, resolveRate } from './rate-options.ts';

/** Options of one of the two outboxes of a hub. */
export interface OutboxOptions {
  /**
   * Number of messages that the outbox may hold back at once, behind a moderator or a rate limit. `send` of one more
   * that would have to be held rejects with a `RefusedError`. Messages that need not be held always pass. Default:
   * 10,000.
   */
  readonly capacity?: number;
  /**
   * Rate of all messages of the outbox together. What exceeds it is held, in its order. Default: none.
   */
  readonly rate?: Rate;
}

/** Options of both outboxes. Each option that a hub does not have is that of the server's `hubOptions`. */
export interface OutboxesOptions {
  /** The outbox of messages to all, to others and to groups. */
  readonly broadcast?: OutboxOptions;
  /** The outbox of messages to one connection, to a user, and to lists of these. */
  readonly whisper?: OutboxOptions;
}

export type OutboxName = keyof OutboxesOptions;
export interface ResolvedOutbox {
  readonly capacity: number;
  /** undefined: there is none. */
  readonly rate: ResolvedRate | undefined;
}
export type ResolvedOutboxes = Readonly<Record<OutboxName, ResolvedOutbox>>;

const CAPACITY = 10_000;

const OUTBOX = objectOf({ capacity: whole(1), rate: RATE } satisfies Rules<OutboxOptions>);

export const OUTBOXES_RULES = { broadcast: OUTBOX, whisper: OUTBOX } satisfies Rules<OutboxesOptions>;

/** Resolves each option of each outbox: the hub's own, else the server's, else the default. */
export function resolveOutboxes(server: OutboxesOptions = {}, own: OutboxesOptions = {}): ResolvedOutboxes {
  const resolve = (name: OutboxName): ResolvedOutbox => {
    const { capacity = CAPACITY, rate } = { ...server[name], ...own[name] };
    return Object.freeze({ capacity, rate: resolveRate(rate) });
  };
  return Object.freeze({ broadcast: resolve('broadcast'), whisper: resolve('whisper') });
}
