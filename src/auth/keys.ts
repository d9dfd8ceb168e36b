import type { Clock } from '../clock.ts';
import { OptionsError } from '../errors.ts';
import type { ApiKey, KeyRow, KeyStore } from '../storage/key-store.ts';
import type { Storage } from '../storage/storage.ts';
import { newKey } from './key-format.ts';
import { checkNewKey, type NewKey, type RotateOptions, readKeyId, readRotation } from './key-options.ts';
import { digestOf, type KeySecret } from './key-secrets.ts';

/** A key, and the text that its owner gets. */
export interface CreatedKey {
  readonly key: ApiKey;
  /** The whole key. It is shown once: the storage has only a digest. */
  readonly secret: string;
}

/**
 * The API keys of a storage. All methods reject with an `OptionsError` for wrong arguments, and with a `StorageError`.
 * A change takes effect on this server before its promise resolves. Other servers notice it within two seconds.
 */
export interface Keys {
  create(key: NewKey): Promise<CreatedKey>;
  /** All keys, also those that are over, the newest first. */
  list(): Promise<readonly ApiKey[]>;
  /** Ends a key and its connections. @returns false when there is no such key, or it was revoked before. */
  revoke(id: string): Promise<boolean>;
  /**
   * Gives a key a new secret. The older ones are good for `overlapMs` milliseconds more (default: 0, so they end at
   * once); then connections that were opened with them end.
   */
  rotate(id: string, options?: RotateOptions): Promise<CreatedKey>;
}

/** For so long after its end a secret stays in the row, so that every server hears that it is over. Milliseconds. */
const REMEMBERED_MS = 3_600_000;
const GOOD_SECRETS = 8;

/** The server around keys. */
export interface KeyHost {
  /** Opens the storage; called before each question. */
  open(): Promise<void>;
  /** Called when a key was changed, and waited for: the server has to know it. */
  changed(id: string): Promise<void>;
}

const NO_HOST: KeyHost = { open: async () => {}, changed: async () => {} };

/** Keys in a store. */
export class StoredKeys implements Keys {
  readonly #store: KeyStore;
  readonly #clock: Pick<Clock, 'wallNow'>;
  readonly #host: KeyHost;

  constructor(store: KeyStore, clock: Pick<Clock, 'wallNow'>, host = NO_HOST) {
    this.#store = store;
    this.#clock = clock;
    this.#host = host;
  }

  async create(given: NewKey): Promise<CreatedKey> {
    const now = this.#clock.wallNow();
    const { kind, name, userId, roles = [], expiresAt = null } = checkNewKey(given, now);
    await this.#host.open();
    const { id, text } = newKey(kind);
    const secrets = [secretOf(text, 1)];
    const times = { createdAt: now, expiresAt, revokedAt: null, lastUsedAt: null };
    return this.#put(
      { id, kind, name, userId: userId ?? id, roles, ...times, lastFour: lastFour(text), secrets },
      text,
    );
  }

  async list(): Promise<readonly ApiKey[]> {
    await this.#host.open();
    return (await this.#store.list()).map(shown);
  }

  async revoke(id: string): Promise<boolean> {
    readKeyId('keys.revoke', id);
    await this.#host.open();
    const row = await this.#store.find(id);
    if (row === undefined || row.revokedAt !== null) return false;
    await this.#store.put({ ...row, revokedAt: this.#clock.wallNow() });
    await this.#host.changed(id);
    return true;
  }

  async rotate(id: string, options?: RotateOptions): Promise<CreatedKey> {
    readKeyId('keys.rotate', id);
    const { overlapMs = 0 } = readRotation(options);
    await this.#host.open();
    const row = await this.#store.find(id);
    const now = this.#clock.wallNow();
    if (row === undefined) throw new OptionsError('keys.rotate: there is no key with this id.');
    if (row.revokedAt !== null) throw new OptionsError(`keys.rotate: the key ${id} was revoked: make a new one.`);
    if (row.expiresAt !== null && row.expiresAt <= now)
      throw new OptionsError(`keys.rotate: the key ${id} has expired: make a new one.`);
    const { text } = newKey(row.kind, id);
    const secrets = [...olderSecrets(row, now, overlapMs), secretOf(text, (row.secrets.at(-1)?.number ?? 0) + 1)];
    const rotated = await this.#put({ ...row, lastFour: lastFour(text), secrets }, text);
    await this.#host.changed(id);
    return rotated;
  }

  async #put(row: KeyRow, secret: string): Promise<CreatedKey> {
    await this.#store.put(row);
    return { key: shown(row), secret };
  }
}

/**
 * The keys of a server.
 *
 * @throws {OptionsError} when it has none, or one without keys.
 */
export function keysOf(storage: Storage | undefined, clock: Clock, host: KeyHost): Keys {
  if (storage?.keys !== undefined) return new StoredKeys(storage.keys, clock, host);
  const what = storage === undefined ? 'has no storage' : 'has a storage without keys';
  throw new OptionsError(`keys: this server ${what}. Give createServer one, such as 'sqlite:data/signalbox.db'.`);
}

/** The secrets of a key that are good, or were until lately, once there is a new one. */
function olderSecrets({ id, secrets }: KeyRow, now: number, overlapMs: number): KeySecret[] {
  const older = secrets
    .filter(({ until }) => until === null || until > now - REMEMBERED_MS)
    .map((secret) => ({ ...secret, until: Math.min(secret.until ?? Number.POSITIVE_INFINITY, now + overlapMs) }));
  if (older.filter(({ until }) => until > now).length > GOOD_SECRETS) {
    throw new OptionsError(
      `keys.rotate: the key ${id} has ${GOOD_SECRETS} older secrets that are good. Wait for their end, or end them now with overlapMs: 0.`,
    );
  }
  return older;
}

function secretOf(text: string, number: number): KeySecret {
  return { number, sha256: digestOf(text), until: null };
}

function lastFour(text: string): string {
  return text.slice(-4);
}

function shown({ secrets: _, ...key }: KeyRow): ApiKey {
  return key;
}
