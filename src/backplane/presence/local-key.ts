import type { CheckedClaim, Claimant } from '../../hub/presence-port.ts';
import { type Deferred, defer } from '../../promises.ts';
import { readTold, writeUser } from './presence-entry.ts';
import type { Claim, Holder } from './presence-store.ts';

/** The claim of one connection. */
export class LocalClaim {
  readonly claimant: Claimant;
  readonly #decided: Deferred<boolean> = defer();
  #isDecided = false;

  constructor(claimant: Claimant) {
    this.claimant = claimant;
    // It need not be awaited.
    this.#decided.promise.catch(() => {});
  }

  /** Whether its connection was told that it has the key, or has not. */
  get isDecided(): boolean {
    return this.#isDecided;
  }
  /** Resolves with whether its connection has the key. */
  get decision(): Promise<boolean> {
    return this.#decided.promise;
  }

  decide(hasKey: boolean): void {
    this.#isDecided = true;
    this.#decided.resolve(hasKey);
  }
  refuse(error: Error): void {
    this.#isDecided = true;
    this.#decided.reject(error);
  }
}

/** What was told of a key, and could not be recorded yet. */
export interface OpenMark {
  readonly token: number;
  readonly told: string | undefined;
  /** The key that was told to be let go in the same change. */
  readonly from: LocalKey | undefined;
}

/**
 * One key, as the connections of this node want it. The store is made alike: `key-writer.ts`. While the store is away
 * this is all that the node knows of the key.
 */
export class LocalKey {
  readonly key: string;
  /** By connection id. All have the same `as`. */
  readonly claims = new Map<string, LocalClaim>();
  as = '';
  /** Whether the store has to be made alike. */
  isDirty = false;
  isRunning = false;
  /** Whether the store may have claims of this node on the key. */
  mayBeStored = false;
  /** Whether the store has granted the key to this holder. */
  wasGranted = false;
  mark: OpenMark | undefined;
  /** The key that its connection has, and lets go for this one. */
  from: LocalKey | undefined;
  /** Whether it must not be written yet: it was told that it was let go for another key, which is to be recorded. */
  isHeldBack = false;
  #user = 'null';
  #info = 'null';
  #since = 0;
  #revision = 0;
  #setsInfo = false;
  /** What was told of the key, and the epoch of the store that has recorded it. */
  #told: string | undefined;
  #toldEpoch: string | undefined;
  #rest: Deferred<void> | undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** Whether a connection was told that it has the key. */
  get isHeld(): boolean {
    for (const { isDecided } of this.claims.values()) if (isDecided) return true;
    return false;
  }
  /** The decision about its first claim that waits for one. undefined: none does. */
  get firstDecision(): Promise<boolean> | undefined {
    for (const claim of this.claims.values()) if (!claim.isDecided) return claim.decision;
    return undefined;
  }
  /** Whether nothing has to be known of it any more. */
  get isOver(): boolean {
    const isWritten = !(this.isDirty && this.mayBeStored);
    return this.claims.size === 0 && isWritten && this.mark === undefined && !this.isRunning && !this.isHeldBack;
  }

  /** Adds a claim that has to be decided. @param now Milliseconds since 1970. */
  add(claimant: Claimant, { as, info }: CheckedClaim, now: number): LocalClaim {
    if (this.claims.size === 0) {
      if (as !== this.as) this.#begin();
      this.as = as;
      this.#user = writeUser(claimant.user);
      this.#info = info ?? 'null';
      this.#since = now;
      this.#setsInfo = info !== undefined;
    } else if (info !== undefined) this.setInfo(info);
    const claim = new LocalClaim(claimant);
    this.claims.set(claimant.connectionId, claim);
    this.isDirty = true;
    return claim;
  }

  setInfo(info: string): void {
    this.#info = info;
    this.#setsInfo = true;
    this.isDirty = true;
  }

  /** The claim for the store; undefined: there is none. */
  get claim(): Claim | undefined {
    if (this.claims.size === 0) return undefined;
    const [setsInfo, revision] = [this.#setsInfo, this.#revision];
    return { ...this.holder(), setsInfo, revision, wasGranted: this.wasGranted };
  }

  /** What was told of it in another epoch of the store. */
  toldBefore(epoch: string | undefined): string | undefined {
    return epoch === this.#toldEpoch ? undefined : this.#told;
  }

  /**
   * The holder that was told of it, when that is this connection alone, and the store has it all like that. Others cannot
   * share a key that a connection has under its own id.
   */
  toldOf(connectionId: string, epoch: string | undefined): Holder | undefined {
    const isAlike = this.wasGranted && !(this.isDirty || this.isRunning || this.isHeldBack || this.mark);
    if (!isAlike || !this.claims.has(connectionId) || this.#toldEpoch !== epoch) return undefined;
    const told = readTold(this.#told);
    return told?.as === connectionId ? told : undefined;
  }

  /** Keeps what the store has recorded. */
  wasTold(told: string | undefined, epoch: string | undefined): void {
    this.#told = told;
    this.#toldEpoch = epoch;
  }

  /** As this node knows it. */
  holder(): Holder {
    const { as, claims } = this;
    return { as, connectionIds: [...claims.keys()], user: this.#user, info: this.#info, since: this.#since };
  }

  /** The store has granted what was asked for. @param holder As it is there. */
  granted(claim: Claim, holder: Holder & { readonly revision: number }): void {
    this.wasGranted = true;
    this.#user = holder.user;
    this.#since = holder.since;
    this.#revision = holder.revision;
    // It may have been set again meanwhile.
    if (claim.info !== this.#info) return;
    this.#info = holder.info;
    this.#setsInfo = false;
  }

  /** The store may have lost it. @param isToldFree Others have told that the key is free. */
  mayBeLost(isToldFree: boolean): void {
    if (isToldFree) {
      this.#begin();
      this.#told = undefined;
    }
    if (this.claims.size > 0 || this.mayBeStored) this.isDirty = true;
  }

  /** The store has nothing of this node on the key. */
  withdrawn(): void {
    this.#begin();
    this.#told = undefined;
    this.mayBeStored = false;
  }

  /** Resolves when nothing is being written. */
  whenAtRest(): Promise<void> {
    if (!this.isRunning) return Promise.resolve();
    this.#rest ??= defer();
    return this.#rest.promise;
  }

  atRest(): void {
    this.isRunning = false;
    this.#rest?.resolve();
    this.#rest = undefined;
  }

  /** The store knows nothing of this holder. */
  #begin(): void {
    this.wasGranted = false;
    this.#revision = 0;
  }
}
