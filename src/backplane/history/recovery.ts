import type { KeptMessage, Recovery, UnrecoveredReason } from '../../hub/history.ts';
import type { Position } from '../../protocol/position.ts';
import type { LogTop } from '../log-store.ts';

type Newest = Pick<LogTop, 'epoch' | 'last'>;

/** The reason for which everything behind a position cannot be given, as far as the newest position tells it. */
export function refusalOf(from: Position, { epoch, last }: Newest, limit: number): UnrecoveredReason | undefined {
  if (from.epoch !== epoch) return 'epoch';
  if (from.offset > last) return 'unknown';
  return last - from.offset > limit ? 'limit' : undefined;
}

/**
 * Everything behind a number, if it is whole.
 *
 * @param entries What is kept of it, in its order. @param kept Reads one of them.
 */
export function recoveryOf<E extends { readonly offset: number }>(
  after: number,
  { epoch, last }: Newest,
  entries: readonly E[],
  kept: (entry: E) => KeptMessage,
): Recovery {
  const isWhole = entries.length === last - after && entries.every(({ offset }, at) => offset === after + 1 + at);
  if (!isWhole) return unrecovered('trimmed', { epoch, last });
  return { recovered: true, messages: entries.map(kept), position: { epoch, offset: last } };
}

/** @param newest undefined: it is not known. */
export function unrecovered(reason: UnrecoveredReason, newest: Newest | undefined): Recovery {
  const position = newest && { epoch: newest.epoch, offset: newest.last };
  return { recovered: false, reason, messages: [], position };
}
