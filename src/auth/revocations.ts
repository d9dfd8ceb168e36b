import type { Clock } from '../clock.ts';
import { loggable } from '../errors.ts';
import type { User } from '../hub/connection-info.ts';
import type { Log } from '../log.ts';
import type { KeyStore, Revoked } from '../storage/key-store.ts';
import type { StoreWatcher } from './store-watcher.ts';

/** Whether the latest credential of a connection was revoked just now. */
export type IsEnded = (user: User) => boolean;

export interface RevocationsParts {
  /** undefined: what is revoked is kept in memory, and a restart forgets it. */
  readonly store: KeyStore | undefined;
  readonly clock: Pick<Clock, 'wallNow'>;
  readonly log: Log;
  /** Ends the connections whose credentials were revoked. @returns their number. */
  end(isEnded: IsEnded): number;
}

/**
 * Everything that was revoked: credentials by their ids, and users by the moment until which their credentials are not
 * good. Admission looks here behind every cache. What another process revokes is heard of by watching the store.
 */
export class Revocations implements StoreWatcher {
  readonly #parts: RevocationsParts;
  /** By id: the moment after which the entry may be forgotten; null: never. */
  readonly #credentials = new Map<string, number | null>();
  /** By id of the user: what was issued at that moment or before it is revoked. */
  readonly #users = new Map<string, number>();

  constructor(parts: RevocationsParts) {
    this.#parts = parts;
  }

  /** Number of entries. */
  get size(): number {
    return this.#credentials.size + this.#users.size;
  }

  /** A user without `issuedAt` is never too old: their authenticator does not say when it let them in. */
  isRevoked({ credentialId, id, issuedAt }: User): boolean {
    if (credentialId !== undefined && this.#credentials.has(credentialId)) return true;
    const at = this.#users.get(id);
    return at !== undefined && issuedAt !== undefined && issuedAt <= at;
  }

  /**
   * Revokes a credential, here at once, and in the store. Resolves with the number of connections that end.
   *
   * @param until Milliseconds since 1970, after which the entry may be forgotten; null: never.
   * @throws {StorageError} when the store fails: then it is revoked here, until a restart.
   */
  async revokeCredential(id: string, until: number | null): Promise<number> {
    const count = this.learn({ credentials: [{ id, until }], users: [] });
    await this.#parts.store?.revokeCredential(id, this.#now, until);
    return count;
  }

  /** The same for everything that was issued to a user until a moment. @param at Milliseconds since 1970. */
  async revokeUser(id: string, at: number): Promise<number> {
    const count = this.learn({ credentials: [], users: [{ id, at }] });
    await this.#parts.store?.revokeUser(id, at);
    return count;
  }

  /** Revokes a credential here: the one who calls keeps it. */
  revokeHere(id: string): void {
    this.learn({ credentials: [{ id, until: null }], users: [] });
  }

  changed(revoked: Revoked): void {
    this.learn(revoked);
  }

  /** Forgets what need not be remembered any more. */
  tick(): void {
    const now = this.#now;
    for (const [id, until] of this.#credentials) if (until !== null && until <= now) this.#credentials.delete(id);
  }

  failed(error: unknown): void {
    this.#parts.log.warn({ error: loggable(error) }, 'what was revoked elsewhere is not known');
  }

  works(): void {
    this.#parts.log.info({}, 'what was revoked elsewhere is known again');
  }

  get #now(): number {
    return this.#parts.clock.wallNow();
  }

  /** Takes what another one has revoked, and keeps. @returns the number of connections that end. */
  learn({ credentials, users }: Revoked): number {
    const newIds = new Set<string>();
    for (const { id, until } of credentials) {
      const known = this.#credentials.get(id);
      if (known === undefined) newIds.add(id);
      this.#credentials.set(id, until === null || known === null ? null : Math.max(until, known ?? until));
    }
    const newMoments = new Map<string, number>();
    for (const { id, at } of users) {
      if (at <= (this.#users.get(id) ?? Number.NEGATIVE_INFINITY)) continue;
      this.#users.set(id, at);
      newMoments.set(id, at);
    }
    if (newIds.size === 0 && newMoments.size === 0) return 0;
    return this.#parts.end(({ credentialId, id, issuedAt }) => {
      if (credentialId !== undefined && newIds.has(credentialId)) return true;
      const at = newMoments.get(id);
      return at !== undefined && (issuedAt === undefined || issuedAt <= at);
    });
  }
}
