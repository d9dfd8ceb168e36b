import type { KeyRow } from '../storage/key-store.ts';

/** The row of a key with one secret. */
export function keyRow(id: string, more: Partial<KeyRow> = {}): KeyRow {
  return {
    id,
    kind: 'virtual',
    name: `key ${id}`,
    userId: id,
    roles: [],
    createdAt: 1_000,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    lastFour: 'abcd',
    secrets: [secretOf(1)],
    ...more,
  };
}

/** A secret of a key; its digest is 32 times the byte. */
export function secretOf(number: number, byte = number, until: number | null = null): KeyRow['secrets'][number] {
  return { number, sha256: new Uint8Array(32).fill(byte), until };
}
