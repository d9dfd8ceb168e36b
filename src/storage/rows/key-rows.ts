import type { KeyRow } from '../key-store.ts';

/** Columns by the fields of a key. */
export const KEY_COLUMNS = {
  id: 'id',
  kind: 'kind',
  name: 'name',
  userId: 'user_id',
  roles: 'roles',
  createdAt: 'created_at',
  expiresAt: 'expires_at',
  revokedAt: 'revoked_at',
  lastUsedAt: 'last_used_at',
  lastFour: 'last_four',
} as const satisfies Record<Exclude<keyof KeyRow, 'secrets'>, string>;

type KeySecret = KeyRow['secrets'][number];

/** A copy of a row that shares nothing with it, and holds its fields only. */
export function copyOfRow(row: KeyRow): KeyRow {
  const { id, kind, name, userId, createdAt, expiresAt, revokedAt, lastUsedAt, lastFour } = row;
  const roles = [...row.roles];
  const secrets = row.secrets.map(copyOfSecret);
  return { id, kind, name, userId, roles, createdAt, expiresAt, revokedAt, lastUsedAt, lastFour, secrets };
}

/**
 * What keeps a row from being put in place of the one that is there: somebody else has given the key another secret
 * since the row was read, and that secret would be lost. undefined: nothing.
 *
 * @param latest The latest secret that is there.
 */
export function conflictOf(row: KeyRow, latest: KeySecret | undefined): string | undefined {
  if (latest === undefined) return undefined;
  const same = row.secrets.find(({ number }) => number === latest.number);
  const last = row.secrets.at(-1)?.number ?? 0;
  const isKnown = same === undefined ? last > latest.number : isEqual(same.sha256, latest.sha256);
  return isKnown ? undefined : `The key ${row.id} was changed by somebody else at the same time: try again.`;
}

function copyOfSecret({ number, sha256, until }: KeySecret): KeySecret {
  // A plain array: a Buffer may be a view of a larger one, all of which would be sent to another thread.
  return { number, sha256: Uint8Array.from(sha256), until };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
