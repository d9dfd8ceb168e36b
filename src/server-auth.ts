import type { Authenticator } from './auth/authenticator.ts';
import { type IsEnded, Revocations } from './auth/revocations.ts';
import { StoreWatch } from './auth/store-watch.ts';
import { latest } from './auth/validity.ts';
import type { Clock } from './clock.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import { OptionsError } from './errors.ts';
import type { User } from './hub/connection-info.ts';
import type { Log } from './log.ts';
import { must, type Rules, readOptions } from './option-checks.ts';
import type { ResolvedOptions } from './options.ts';
import type { KeyStore, Revoked } from './storage/key-store.ts';

/** What `server.revoke` ends: a credential by its id, or everything of a user. */
export type Revocable = string | { readonly userId: string };

/** Options for revoking a credential. */
export interface RevokeOptions {
  /**
   * Milliseconds since 1970 after which it need not be remembered that the credential is revoked, since it is no longer
   * good by itself. Default: as `jwt` remembers the token, or else the `expiresAt` of connections that were opened with
   * it; without any it is kept for ever.
   */
  readonly until?: number;
}

const REVOKE_RULES = {
  until: must('a moment, in milliseconds since 1970', Number.isFinite),
} satisfies Rules<RevokeOptions>;

/** Other nodes of the server, as far as its authentication has to know them. */
export interface OtherServers {
  /** Answers a question of theirs. */
  on(name: string, answer: (args: readonly unknown[]) => unknown): void;
  /** Asks all of them. Resolves with the answers that have come in time, and never rejects. */
  tell(name: string, args: readonly unknown[]): Promise<readonly unknown[]>;
}

/** The authentication of a server: its authenticator, and what was revoked. */
export class ServerAuth {
  readonly #revocations: Revocations;
  readonly #authenticate: Authenticator | undefined;
  readonly #endpoints: () => Iterable<Endpoint>;
  readonly #detach: (() => void) | undefined;
  readonly #clock: Clock;
  /** By the store: each is asked once a second, whoever wants to know. */
  readonly #watches = new Map<KeyStore, StoreWatch>();
  /** The keys of the storage; undefined: there are none, or nobody can be revoked, since all callers are anonymous. */
  readonly #watched: StoreWatch | undefined;
  readonly #others: OtherServers | undefined;
  #started: Promise<void> | undefined;

  /** @param endpoints Those of all hubs. */
  constructor(
    { authenticate, clock, storage }: ResolvedOptions,
    {
      log,
      endpoints,
      others,
    }: { readonly log: Log; endpoints(): Iterable<Endpoint>; readonly others?: OtherServers | undefined },
  ) {
    this.#others = others;
    this.#authenticate = authenticate;
    this.#endpoints = endpoints;
    this.#clock = clock;
    const store = storage?.keys;
    this.#revocations = new Revocations({ store, clock, log, end: (isEnded) => this.#end(isEnded) });
    if (authenticate !== undefined && store !== undefined) {
      this.#watched = new StoreWatch({ store, clock, fromTheBeginning: true });
      this.#watched.add(this.#revocations);
      this.#watches.set(store, this.#watched);
    }
    this.#detach = authenticate?.attach?.({
      keys: store,
      clock,
      log,
      revoked: (credentialId) => this.#revocations.revokeHere(credentialId),
      watch: (watched, watcher) => this.#watchOf(watched).add(watcher),
    });
    others?.on('revoked', ([revoked]) => this.#revocations.learn(readRevoked(revoked)));
    others?.on('key-changed', ([id]) => this.#watched?.read(String(id)));
  }

  isRevoked(user: User): boolean {
    return this.#revocations.isRevoked(user);
  }

  /**
   * Asks the storage, which is open now, what was revoked, and once a second what has changed. Resolves when the storage
   * has answered, or failed: it is asked again. Where all callers are anonymous nothing is asked.
   */
  start(): Promise<void> {
    this.#started ??= this.#begin();
    return this.#started;
  }

  /** @throws {OptionsError} */
  async revoke(what: Revocable, options?: RevokeOptions): Promise<number> {
    const { until } = readOptions('revoke', options, REVOKE_RULES);
    if (typeof what === 'string' && what !== '') {
      const end = until ?? this.#endOf(what);
      const elsewhere = this.#tell({ credentials: [{ id: what, until: end }], users: [] });
      return (await this.#revocations.revokeCredential(what, end)) + (await elsewhere);
    }
    const userId = typeof what === 'object' && what !== null ? what.userId : undefined;
    if (typeof userId === 'string' && userId !== '') {
      const at = this.#clock.wallNow();
      const elsewhere = this.#tell({ credentials: [], users: [{ id: userId, at }] });
      return (await this.#revocations.revokeUser(userId, at)) + (await elsewhere);
    }
    throw new OptionsError('revoke: expected the credentialId of a user as a text, or { userId } with a text.');
  }

  /** Makes a change of a key in the storage take effect here. */
  async keyChanged(id: string): Promise<void> {
    // The other nodes on this storage would see it within a second.
    void this.#others?.tell('key-changed', [id]);
    await this.#watched?.read(id);
  }

  dispose(): void {
    for (const watch of this.#watches.values()) watch.stop();
    this.#detach?.();
  }

  async #begin(): Promise<void> {
    this.#watched?.start();
    await this.#watched?.ask();
  }

  /** Tells the other nodes. Resolves with the number of their connections that end. */
  async #tell(revoked: Revoked): Promise<number> {
    const counts = (await this.#others?.tell('revoked', [JSON.stringify(revoked)])) ?? [];
    return counts.reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0);
  }

  #watchOf(store: KeyStore): StoreWatch {
    const watch = this.#watches.get(store) ?? new StoreWatch({ store, clock: this.#clock });
    this.#watches.set(store, watch);
    return watch;
  }

  #end(isEnded: IsEnded): number {
    let count = 0;
    for (const endpoint of this.#endpoints()) count += endpoint.endCredentials(isEnded);
    return count;
  }

  /** The moment from which on a credential is refused anyway; null: none is known. */
  #endOf(credentialId: string): number | null {
    let expiresAt: number | undefined;
    for (const endpoint of this.#endpoints()) {
      for (const user of endpoint.users()) {
        if (user.credentialId !== credentialId) continue;
        if (user.expiresAt === undefined) return null;
        expiresAt = latest([expiresAt, user.expiresAt]);
      }
    }
    const end = latest([expiresAt, this.#authenticate?.endOf?.(credentialId, expiresAt)]);
    return end !== undefined && Number.isFinite(end) ? end : null;
  }
}

/** What another node has revoked. It is the only one that knows it, if there is no storage. @throws {OptionsError} */
function readRevoked(text: unknown): Revoked {
  const { credentials, users } = JSON.parse(String(text)) as Revoked;
  const isGood =
    credentials.every(({ id, until }) => typeof id === 'string' && (until === null || Number.isFinite(until))) &&
    users.every(({ id, at }) => typeof id === 'string' && Number.isFinite(at));
  if (!isGood) throw new OptionsError('Another node has revoked what is neither a credential nor a user.');
  return { credentials, users };
}
