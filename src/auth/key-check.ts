import type { Clock } from '../clock.ts';
import { loggable, UnauthorizedError } from '../errors.ts';
import type { User } from '../hub/connection-info.ts';
import type { KeyRow, KeyStore } from '../storage/key-store.ts';
import type { AuthServices } from './authenticator.ts';
import { KeyCache, type KnownKey } from './key-cache.ts';
import { KeyEnds } from './key-ends.ts';
import { findSecret, type KeySecret } from './key-secrets.ts';
import { userOfKey } from './key-users.ts';
import { KeyUses } from './key-uses.ts';
import type { WatchedStore } from './store-watcher.ts';

/** For so long requests with the same key share a look-up, in milliseconds: a store may never answer one. */
const SHARED_MS = 5_000;
/** A look-up that fails is tried again. Requests wait no longer than `admissionTimeoutMs`, and get 503 then. */
const RETRY_MS = 500;
const TRIES = 60;
/** With more look-ups than this, none is tried again, so that a flood of unknown ids does not become a greater one. */
const MOST_TRIED_AGAIN = 1_000;
/** Look-ups at once: a store that does not answer must not cost more memory with each id. */
const MOST_LOOK_UPS = 10_000;

interface LookUp {
  /** When it was tried last, in milliseconds of `Clock.now`. */
  at: number;
  found: Promise<KnownKey | undefined>;
}

/**
 * Checks API keys against a store. Keys that were read are remembered, and their changes are noticed within a second, so
 * most requests are answered without waiting.
 */
export class KeyCheck {
  readonly #store: KeyStore;
  readonly #clock: Clock;
  readonly #cache: KeyCache;
  readonly #watched: WatchedStore;
  readonly #ends: KeyEnds;
  readonly #uses: KeyUses;
  /** By ids of keys. */
  readonly #lookUps = new Map<string, LookUp>();
  #isClosed = false;

  constructor(store: KeyStore, { clock, log, revoked, watch }: AuthServices) {
    this.#store = store;
    this.#clock = clock;
    this.#cache = new KeyCache(clock);
    this.#ends = new KeyEnds(clock, revoked);
    this.#uses = new KeyUses(store, clock);
    this.#watched = watch(store, {
      changed: ({ keys }, askedAt) => this.#changed(keys, askedAt),
      tick: () => {
        this.#ends.tick();
        void this.#uses.write();
      },
      failed: (error) =>
        log.warn({ error: loggable(error) }, 'API keys cannot be read: it is unknown whether some were revoked'),
      works: () => log.info({}, 'API keys can be read again'),
    });
  }

  /**
   * @param digest Of the whole key.
   * @returns the user; a promise only when the key has to be looked up.
   * @throws {UnauthorizedError} when the key is not good; a `StorageError` when that cannot be found out.
   */
  userOf(id: string, digest: Uint8Array): User | Promise<User> {
    this.#watched.start();
    if (!this.#watched.isCurrent) return this.#lookUp(id).then((key) => this.#userOf(key, digest));
    const key = this.#cache.get(id);
    if (key !== undefined || this.#cache.isUnknown(id)) return this.#userOf(key, digest);
    return this.#lookUp(id).then((found) => this.#userOf(found, digest));
  }

  close(): void {
    this.#isClosed = true;
    this.#watched.leave();
  }

  #userOf(key: KnownKey | undefined, digest: Uint8Array): User {
    const secret = findSecret(digest, key?.row.secrets);
    if (key === undefined) throw new UnauthorizedError('No API key has this id.');
    const { row, users } = key;
    if (secret === undefined) throw new UnauthorizedError('The secret of this API key is wrong.', { keyId: row.id });
    checkGood(row, secret, this.#clock.wallNow());
    this.#uses.used(key);
    let user = users.get(secret.number);
    if (user === undefined) {
      user = userOfKey(row, secret);
      users.set(secret.number, user);
      this.#ends.accepted(row, secret);
    }
    return user;
  }

  #lookUp(id: string): Promise<KnownKey | undefined> {
    const at = this.#clock.now();
    const running = this.#lookUps.get(id);
    if (running !== undefined && at - running.at < SHARED_MS) return running.found;
    if (running === undefined && this.#lookUps.size >= MOST_LOOK_UPS)
      return Promise.reject(new Error('Too many API keys are being looked up.'));
    const lookUp = { at } as LookUp;
    lookUp.found = this.#find(id, lookUp);
    this.#lookUps.set(id, lookUp);
    const done = (): void => {
      if (this.#lookUps.get(id) === lookUp) this.#lookUps.delete(id);
    };
    lookUp.found.then(done, done);
    return lookUp.found;
  }

  async #find(id: string, lookUp: LookUp): Promise<KnownKey | undefined> {
    const row = await this.#tried(id, lookUp);
    if (row !== undefined) return this.#cache.put(row, lookUp.at);
    this.#cache.putUnknown(id);
    return undefined;
  }

  /** Asks the store, again and again if it fails: what is refused now would have its owner believe that it is wrong. */
  async #tried(id: string, lookUp: LookUp): Promise<KeyRow | undefined> {
    for (let tries = 1; ; tries += 1) {
      lookUp.at = this.#clock.now();
      try {
        return await this.#store.find(id);
      } catch (error) {
        const isTriedAgain = tries < TRIES && !this.#isClosed && this.#lookUps.size <= MOST_TRIED_AGAIN;
        if (!isTriedAgain) throw error;
        await new Promise<void>((done) => this.#clock.setTimeout(done, RETRY_MS));
      }
    }
  }

  #changed(rows: readonly KeyRow[], askedAt: number): void {
    for (const row of rows) {
      const before = this.#cache.get(row.id)?.row;
      this.#ends.changed(row, before);
      if (before !== undefined || this.#lookUps.has(row.id) || this.#cache.isUnknown(row.id))
        this.#cache.put(row, askedAt);
    }
  }
}

/** @throws {UnauthorizedError} unless a secret of a key is good now. */
function checkGood({ id, revokedAt, expiresAt }: KeyRow, { until }: KeySecret, now: number): void {
  if (revokedAt !== null) throw new UnauthorizedError('This API key was revoked.', { keyId: id });
  if (expiresAt !== null && expiresAt <= now) throw new UnauthorizedError('This API key has expired.', { keyId: id });
  if (until !== null && until <= now)
    throw new UnauthorizedError('This secret of the API key was replaced by a new one, and its time is over.', {
      keyId: id,
    });
}
