import type { IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import { type ApiKeysOptions, apiKeys } from '../../src/auth/api-keys.ts';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { StoredKeys } from '../../src/auth/keys.ts';
import type { User } from '../../src/hub/connection-info.ts';
import type { KeyRow, KeyStore } from '../../src/storage/key-store.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { authServices } from './auth-services.ts';
import { CollectedLog } from './collected-log.ts';

/** A store in memory that counts what it is asked, and can fail or answer late. */
export class CountedStore implements KeyStore {
  /** Calls by their names. */
  readonly asked: Record<string, number> = {};
  /** Ids and moments of each `touched`. */
  readonly touches: (readonly [ids: readonly string[], at: number])[] = [];
  failure: Error | undefined;
  /** Answers are given when it resolves. */
  gate: Promise<void> | undefined;
  readonly #inner: KeyStore;

  constructor(inner: KeyStore) {
    this.#inner = inner;
  }

  put = (row: KeyRow) => this.#answer('put', () => this.#inner.put(row));
  find = (id: string) => this.#answer('find', () => this.#inner.find(id));
  list = () => this.#answer('list', () => this.#inner.list());
  touched = (ids: readonly string[], at: number) =>
    this.#answer('touched', () => {
      this.touches.push([ids, at]);
      return this.#inner.touched(ids, at);
    });
  revokeCredential = (id: string, at: number, until: number | null) => this.#inner.revokeCredential(id, at, until);
  revokeUser = (userId: string, at: number) => this.#inner.revokeUser(userId, at);
  changesSince = (at: number, keysAt?: number) =>
    this.#answer('changesSince', () => this.#inner.changesSince(at, keysAt));

  async #answer<T>(name: string, act: () => Promise<T>): Promise<T> {
    this.asked[name] = (this.asked[name] ?? 0) + 1;
    // Read before the gate opens: an answer that comes late is old.
    const answer = this.failure === undefined ? act() : Promise.reject(this.failure);
    answer.catch(() => {});
    await this.gate;
    return answer;
  }
}

/** An authenticator of API keys with its services, over a storage in memory, in simulated time. */
export class KeySite {
  readonly clock = new SimulatedClock();
  readonly storage = new MemoryStorage(undefined, this.clock);
  readonly store = new CountedStore(this.storage.keys);
  readonly log = new CollectedLog();
  /** Credentials of which the server was told that they are over. */
  readonly revoked: string[] = [];
  /** The keys as another process changes them. */
  readonly keys = new StoredKeys(this.storage.keys, this.clock);
  readonly #authenticate: Authenticator;

  private constructor(options: ApiKeysOptions) {
    this.#authenticate = apiKeys(options);
    const revoked = (id: string): void => void this.revoked.push(id);
    const { store: keys, clock, log } = this;
    const detach = this.#authenticate.attach?.(authServices({ keys, clock, log, revoked }));
    onTestFinished(() => detach?.());
  }

  static async open(options: ApiKeysOptions = {}): Promise<KeySite> {
    const site = new KeySite(options);
    await site.storage.open(ALONE);
    return site;
  }

  /** What the authenticator returns for a key. It may throw. */
  answer(key: string): User | null | Promise<User | null> {
    const headers = { 'x-api-key': key };
    const request = { headers, query: new URLSearchParams(), url: '/hub', remoteAddress: '' };
    return this.#authenticate(request, {} as IncomingMessage);
  }

  /** The user of a key, or the text of the refusal. */
  async userOf(key: string): Promise<User | null | string> {
    try {
      return await this.answer(key);
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Time passes, second by second, and all that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.clock.increment(Math.min(1_000, ms - passed));
      await settled();
    }
  }
}

/** Resolves when promises that need no time have settled. */
export function settled(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

/** The same key with one character that is another one. */
export function mistyped(key: string, at: number): string {
  return `${key.slice(0, at)}${key[at] === 'a' ? 'b' : 'a'}${key.slice(at + 1)}`;
}
