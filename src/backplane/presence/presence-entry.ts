import type { User } from '../../hub/connection-info.ts';
import type { PresenceChange, PresenceEntry } from '../../hub/presence.ts';
import type { Holder, Written } from './presence-store.ts';

/** The entry of a key, for hubs. */
export function entryOf(key: string, { as, connectionIds, user, info, since }: Holder): PresenceEntry {
  return { key, as, connectionIds, user: parsed(user) as User | null, info: parsed(info), since };
}

/** A user as it is kept: without what belongs to a credential. */
export function writeUser(user: User | null): string {
  return JSON.stringify(user === null ? null : { id: user.id, roles: user.roles });
}

/** What is kept of a holder that was told. */
export function writeTold({ as, connectionIds, user, info, since }: Holder): string {
  return JSON.stringify({ as, connectionIds, user, info, since } satisfies Holder);
}

/** Reads what was told. undefined: it is something else, which stands in the store for whatever reason. */
export function readTold(told: string | undefined): Holder | undefined {
  const { as, connectionIds, user, info, since } = (told === undefined ? {} : (parsed(told) ?? {})) as Partial<Holder>;
  const areTexts = [as, user, info].every((text) => typeof text === 'string');
  if (!areTexts || !Array.isArray(connectionIds) || typeof since !== 'number') return undefined;
  return { as, connectionIds, user, info, since } as Holder;
}

/**
 * The changes that lead from what was told of a key to its present holder.
 *
 * @param left The entry of the key that the holder has let go for this one.
 */
export function changesOf(
  key: string,
  { told, holder, removed }: Pick<Written, 'told' | 'holder' | 'removed'>,
  left?: PresenceEntry,
): readonly PresenceChange[] {
  const before = readTold(told);
  const changes: PresenceChange[] = [];
  if (before !== undefined && before.as !== holder?.as) {
    // The latest ones: others may have come and gone since it was told.
    const connectionIds = removed.length > 0 ? removed : before.connectionIds;
    changes.push({ kind: 'left', entry: entryOf(key, { ...before, connectionIds }) });
  }
  if (holder === undefined) return changes;
  const entry = entryOf(key, holder);
  if (before?.as !== holder.as) changes.push(left ? { kind: 'moved', entry, before: left } : { kind: 'joined', entry });
  else if (before.info !== holder.info) changes.push({ kind: 'updated', entry, before: entryOf(key, before) });
  return changes;
}

/** The value of a JSON text. null: it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
