import type { User } from '../hub/connection-info.ts';
import type { KeyKind, KeyRow } from '../storage/key-store.ts';
import type { KeySecret } from './key-secrets.ts';
import { isReservedRole, type ReservedRole } from './reserved-roles.ts';

const KIND_ROLES: Readonly<Record<KeyKind, readonly ReservedRole[]>> = {
  virtual: ['virtual-key'],
  master: ['master-key', 'admin'],
};

/** The user that the owner of a key is. */
export function userOfKey(row: KeyRow, secret: KeySecret): User {
  const { id, kind, userId, createdAt } = row;
  const expiresAt = Math.min(row.expiresAt ?? Number.POSITIVE_INFINITY, secret.until ?? Number.POSITIVE_INFINITY);
  return Object.freeze({
    id: userId,
    roles: rolesOf(kind, row.roles),
    credentialId: credentialIdOf(id, secret.number),
    issuedAt: createdAt,
    ...(expiresAt === Number.POSITIVE_INFINITY ? {} : { expiresAt }),
  });
}

/** The user of the master key of a configuration, which has no row. */
export function configuredMaster(id: string): User {
  return Object.freeze({ id: 'master', roles: rolesOf('master', []), credentialId: credentialIdOf(id, 0) });
}

/** Id by which one secret of a key is revoked. */
export function credentialIdOf(keyId: string, secretNumber: number): string {
  return `${keyId}.${secretNumber}`;
}

function rolesOf(kind: KeyKind, given: readonly string[]): readonly string[] {
  // Whatever a row says: somebody may have written to the storage by hand.
  return Object.freeze([...given.filter((role) => !isReservedRole(role)), ...KIND_ROLES[kind]]);
}
