import { REACTION_KINDS, type ReactionCount } from '../message-store.ts';

/** Whether a reaction of this kind fits: it is there already, or is not one kind too many. */
export function hasRoomFor(emoji: string, counts: readonly ReactionCount[]): boolean {
  return counts.length < REACTION_KINDS || counts.some((count) => count.emoji === emoji);
}

/**
 * The counts after a user has reacted, or has taken it back. A new kind is the last; a kind that nobody has is not there.
 *
 * @param change 1, or -1.
 */
export function counted(counts: readonly ReactionCount[], emoji: string, change: 1 | -1): readonly ReactionCount[] {
  const before = counts.find((count) => count.emoji === emoji);
  if (before === undefined) return change === 1 ? [...counts, { emoji, count: 1 }] : counts;
  const after = { emoji, count: before.count + change };
  return counts.flatMap((count) => (count !== before ? [count] : after.count > 0 ? [after] : []));
}
