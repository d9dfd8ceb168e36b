import { type IsEnded, Revocations } from './auth/revocations.ts';
import type { Alarms } from './clock.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import { OptionsError } from './errors.ts';
import type { User } from './hub/connection-info.ts';
import type { Log } from './log.ts';
import { must, type Rules, readOptions } from './option-checks.ts';
import type { ResolvedOptions } from './options.ts';

/** What `server.revoke` ends: a credential by its id, or everything of a user. */
export type Revocable = string | { readonly userId: string };

/** Options for revoking a credential. */
export interface RevokeOptions {
  /**
   * Milliseconds since 1970 after which it need not be remembered that the credential is revoked, since it is no longer
   * good by itself. Default: the `expiresAt` of a connection that was opened with it; without one it is kept for ever.
   */
  readonly until?: number;
}

const REVOKE_RULES = {
  until: must('a moment, in milliseconds since 1970', Number.isFinite),
} satisfies Rules<RevokeOptions>;

/** The authentication of a server: its authenticator, and what was revoked. */
export class ServerAuth {
  readonly #revocations: Revocations;
  readonly #endpoints: () => Iterable<Endpoint>;
  readonly #detach: (() => void) | undefined;
  readonly #isAuthenticating: boolean;

  /** @param endpoints Those of all hubs. */
  constructor(
    { authenticate, clock, storage }: ResolvedOptions,
    { alarms, log, endpoints }: { readonly alarms: Alarms; readonly log: Log; endpoints(): Iterable<Endpoint> },
  ) {
    this.#endpoints = endpoints;
    this.#isAuthenticating = authenticate !== undefined;
    const store = storage?.keys;
    this.#revocations = new Revocations({ store, alarms, log, end: (isEnded) => this.#end(isEnded) });
    const revoked = (credentialId: string): void => this.#revocations.revokeHere(credentialId);
    this.#detach = authenticate?.attach?.({ keys: store, clock, log, revoked });
  }

  isRevoked(user: User): boolean {
    return this.#revocations.isRevoked(user);
  }

  /**
   * Asks the storage, which is open now, what was revoked, and again every second. Resolves when it is known. Where all
   * callers are anonymous nothing is asked.
   */
  async start(): Promise<void> {
    if (this.#isAuthenticating) await this.#revocations.ask();
  }

  /** @throws {OptionsError} */
  async revoke(what: Revocable, options?: RevokeOptions): Promise<number> {
    const { until } = readOptions('revoke', options, REVOKE_RULES);
    if (typeof what === 'string' && what !== '')
      return this.#revocations.revokeCredential(what, until ?? this.#latestExpiryOf(what));
    const userId = typeof what === 'object' && what !== null ? what.userId : undefined;
    if (typeof userId === 'string' && userId !== '') return this.#revocations.revokeUser(userId);
    throw new OptionsError('revoke: expected the credentialId of a user as a text, or { userId } with a text.');
  }

  dispose(): void {
    this.#revocations.dispose();
    this.#detach?.();
  }

  #end(isEnded: IsEnded): number {
    let count = 0;
    for (const endpoint of this.#endpoints()) count += endpoint.endCredentials(isEnded);
    return count;
  }

  #latestExpiryOf(credentialId: string): number | null {
    let latest: number | null = null;
    for (const endpoint of this.#endpoints()) {
      for (const user of endpoint.users()) {
        const { expiresAt } = user;
        if (user.credentialId === credentialId && expiresAt !== undefined) latest = Math.max(latest ?? 0, expiresAt);
      }
    }
    return latest;
  }
}
