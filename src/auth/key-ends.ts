import type { Clock } from '../clock.ts';
import type { KeyRow } from '../storage/key-store.ts';
import type { KeySecret } from './key-secrets.ts';
import { credentialIdOf } from './key-users.ts';

/** Numbers below the latest secret that are looked at: a row need not keep the secrets that are over. */
const EARLIER_SECRETS = 8;
/** A change is heard of more than once, for so long. */
const TOLD_MS = 120_000;
const NEVER = Number.POSITIVE_INFINITY;

/** Tells when secrets of keys are over: the key was revoked, or the time of an older secret is over. */
export class KeyEnds {
  readonly #clock: Clock;
  readonly #revoked: (credentialId: string) => void;
  /** By credential ids, the moments at which they are over, in milliseconds since 1970. */
  readonly #coming = new Map<string, number>();
  /** By credential ids, when they were told of, in milliseconds of `Clock.now`. */
  readonly #told = new Map<string, number>();

  constructor(clock: Clock, revoked: (credentialId: string) => void) {
    this.#clock = clock;
    this.#revoked = revoked;
  }

  /** A connection may have begun with this secret. */
  accepted({ id }: KeyRow, { number, until }: KeySecret): void {
    if (until !== null) this.#endsAt(credentialIdOf(id, number), until);
  }

  /** @param before The key as it was, if that is known. */
  changed(row: KeyRow, before: KeyRow | undefined): void {
    const now = this.#clock.wallNow();
    // Only an expiry that was set to an earlier moment: connections know of the one with which they began.
    const expiresAt = row.expiresAt ?? NEVER;
    const latest = before !== undefined && expiresAt < (before.expiresAt ?? NEVER) ? expiresAt : NEVER;
    for (const { number, until } of row.secrets) {
      const end = row.revokedAt === null ? Math.min(until ?? NEVER, latest) : now;
      if (end !== NEVER) this.#endsAt(credentialIdOf(row.id, number), end);
    }
    for (const number of missing(row, before)) this.#endsAt(credentialIdOf(row.id, number), now);
  }

  /** Tells of what is over by now. */
  tick(): void {
    const now = this.#clock.wallNow();
    for (const [id, at] of this.#coming) {
      if (at > now) continue;
      this.#coming.delete(id);
      this.#tell(id);
    }
    const old = this.#clock.now() - TOLD_MS;
    for (const [id, at] of this.#told) {
      if (at > old) break;
      this.#told.delete(id);
    }
  }

  #endsAt(credentialId: string, at: number): void {
    if (this.#told.has(credentialId)) return;
    if (at <= this.#clock.wallNow()) this.#tell(credentialId);
    else this.#coming.set(credentialId, at);
  }

  #tell(credentialId: string): void {
    this.#told.set(credentialId, this.#clock.now());
    this.#revoked(credentialId);
  }
}

/** Numbers of secrets that a key has had, and that its row does not have any more. */
function missing(row: KeyRow, before: KeyRow | undefined): readonly number[] {
  const there = new Set(row.secrets.map(({ number }) => number));
  const latest = row.secrets.at(-1)?.number ?? 0;
  const earlier = Array.from({ length: EARLIER_SECRETS }, (_, n) => latest - 1 - n).filter((number) => number > 0);
  const had = new Set([...earlier, ...(before?.secrets ?? []).map(({ number }) => number)]);
  return [...had].filter((number) => !there.has(number));
}
