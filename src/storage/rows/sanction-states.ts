import type { Sanction, SanctionChange } from '../moderation-store.ts';

/** A sanction as it is: lifted, or not. */
export type SanctionState = Omit<SanctionChange, 'changedAt'>;

/**
 * The sanction of a kind on a user after another one was imposed.
 *
 * @param before The sanction of the same kind on the same user; undefined: there is none.
 * @returns undefined when nothing changes: it is there already, or another one is later.
 */
export function imposed(before: SanctionState | undefined, sanction: Sanction): SanctionState | undefined {
  if (before === undefined) return { ...sanction, liftedAt: null };
  if (sanction.at < before.at) return undefined;
  // Calls may come late, and again: what was lifted later than this was imposed stays lifted.
  const isLifted = before.liftedAt !== null && before.liftedAt >= sanction.at;
  const after = { ...sanction, liftedAt: isLifted ? before.liftedAt : null };
  return isSame(before, after) ? undefined : after;
}

/**
 * The sanction of a kind on a user after it was lifted.
 *
 * @returns undefined when nothing changes: there is none, it was imposed later, or it was lifted at this moment or later.
 */
export function lifted(before: SanctionState | undefined, at: number): SanctionState | undefined {
  if (before === undefined || before.at > at) return undefined;
  return before.liftedAt !== null && before.liftedAt >= at ? undefined : { ...before, liftedAt: at };
}

function isSame(a: SanctionState, b: SanctionState): boolean {
  return a.at === b.at && a.until === b.until && a.reason === b.reason && a.by === b.by && a.liftedAt === b.liftedAt;
}
