/**
 * - `virtual`: of a customer, for one user.
 * - `master`: of those who run the server, for everything.
 */
export type KeyKind = 'virtual' | 'master';

/** What is shown of an API key. Times are milliseconds since 1970. */
export interface ApiKey {
  /** Public: 8 characters. The key itself is `sb_vk_{id}_...` or `sb_mk_{id}_...`. */
  readonly id: string;
  readonly kind: KeyKind;
  /** For people. */
  readonly name: string;
  /** Id of the user that its owner is. */
  readonly userId: string;
  readonly roles: readonly string[];
  readonly createdAt: number;
  /** null: never. */
  readonly expiresAt: number | null;
  /** null: it was not revoked. */
  readonly revokedAt: number | null;
  /** To the minute; null: never used. */
  readonly lastUsedAt: number | null;
  /** The last four characters of the latest secret, to recognise it by. */
  readonly lastFour: string;
}

/** A key as it is kept: a digest of each secret, and no secret. */
export interface KeyRow extends ApiKey {
  /** The latest is the last. An older one is good until its `until`, which is null for the latest only. */
  readonly secrets: readonly { readonly number: number; readonly sha256: Uint8Array; readonly until: number | null }[];
}

/** Credentials and users that were revoked. */
export interface Revoked {
  /** `until` null: for ever. */
  readonly credentials: readonly { readonly id: string; readonly until: number | null }[];
  /** What was issued to the user before `at` is revoked. */
  readonly users: readonly { readonly id: string; readonly at: number }[];
}

/** Everything that has changed since a moment. */
export interface StoreChanges extends Revoked {
  /** Keys that were put, as they are now. */
  readonly keys: readonly KeyRow[];
}

/**
 * Port of a storage for API keys, and for what was revoked. No call blocks the event loop. A call that fails, or that
 * comes while the storage is not open, rejects with a `StorageError`.
 */
export interface KeyStore {
  /**
   * Saves a key, or replaces the one with its id. A key that is revoked stays so: its `revokedAt` is not changed. Rejects
   * when that would lose a secret that somebody else has given the key meanwhile: the key that is there has a latest
   * secret with a greater number, or with the same number and another digest.
   */
  put(row: KeyRow): Promise<void>;
  find(id: string): Promise<KeyRow | undefined>;
  /** All keys, the newest first: by `createdAt`, then by `id`. */
  list(): Promise<readonly KeyRow[]>;
  /** Sets `lastUsedAt` of these keys, unless it is later already. Unknown ids are left out. */
  touched(ids: readonly string[], at: number): Promise<void>;
  /** @param until Milliseconds since 1970, after which the entry may be forgotten; null: never. The later one counts. */
  revokeCredential(id: string, at: number, until: number | null): Promise<void>;
  /** Revokes what was issued to a user before `at`. The latest `at` counts. */
  revokeUser(userId: string, at: number): Promise<void>;
  /**
   * Everything that has changed at `at` or later: what was revoked and is not forgotten, and the keys that were put, by
   * the clock of the storage's owner. `touched` changes nothing here. A server asks this once a second.
   *
   * @param keysAt The same for keys. Default: `at`. A server begins with all that was revoked, and with no old keys.
   */
  changesSince(at: number, keysAt?: number): Promise<StoreChanges>;
}
