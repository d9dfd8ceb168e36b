import type { CheckedClaim, Claimant } from '../../hub/presence-port.ts';
import { type Deferred, defer } from '../../promises.ts';
import { type LocalClaim, LocalKey } from './local-key.ts';

/** The keys that connections of this node want, and those that it has to write. */
export class LocalKeys {
  readonly #keys = new Map<string, LocalKey>();
  /** By connection id. */
  readonly #ofConnections = new Map<string, Set<LocalKey>>();

  #empty: Deferred<void> | undefined;

  /** Number of claims. */
  get claims(): number {
    let count = 0;
    for (const { size } of this.#ofConnections.values()) count += size;
    return count;
  }
  /** Number of keys that the store does not have as they are here. */
  get unwritten(): number {
    let count = 0;
    for (const { isDirty, isRunning } of this.#keys.values()) if (isDirty || isRunning) count += 1;
    return count;
  }

  all(): IterableIterator<LocalKey> {
    return this.#keys.values();
  }

  get(key: string): LocalKey | undefined {
    return this.#keys.get(key);
  }

  /** Keys of a connection, as they are now. */
  of(connectionId: string): readonly LocalKey[] {
    return [...(this.#ofConnections.get(connectionId) ?? [])];
  }

  countOf(connectionId: string): number {
    return this.#ofConnections.get(connectionId)?.size ?? 0;
  }

  ensure(key: string): LocalKey {
    const known = this.#keys.get(key) ?? new LocalKey(key);
    this.#keys.set(key, known);
    return known;
  }

  /** A key that has to be written, whether somebody here wants it or not. */
  touch(key: string): LocalKey {
    const local = this.ensure(key);
    local.isDirty = true;
    local.mayBeStored = true;
    return local;
  }

  add(local: LocalKey, claimant: Claimant, claim: CheckedClaim, now: number): LocalClaim {
    const keys = this.#ofConnections.get(claimant.connectionId) ?? new Set();
    this.#ofConnections.set(claimant.connectionId, keys.add(local));
    return local.add(claimant, claim, now);
  }

  /** Ends a claim, which the store may have. */
  remove(local: LocalKey, connectionId: string): void {
    this.drop(local, connectionId);
    local.isDirty = true;
  }

  /** The same for a claim that the store does not have. */
  drop(local: LocalKey, connectionId: string): void {
    local.claims.delete(connectionId);
    const keys = this.#ofConnections.get(connectionId);
    keys?.delete(local);
    if (keys?.size === 0) this.#ofConnections.delete(connectionId);
  }

  /** Forgets what is not needed any more. */
  tidy(local: LocalKey): void {
    if (local.isOver) this.#keys.delete(local.key);
    if (this.#keys.size === 0) this.#empty?.resolve();
  }

  /** Resolves when there is none. */
  whenEmpty(): Promise<void> {
    this.#empty = defer();
    if (this.#keys.size === 0) this.#empty.resolve();
    return this.#empty.promise;
  }
}
