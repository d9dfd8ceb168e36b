import { type Deferred, defer } from '../../promises.ts';
import type { PresenceLink } from './presence-link.ts';
import type { Boot, Entered, PresenceStore } from './presence-store.ts';

export interface EntranceParts {
  readonly hub: string;
  readonly boot: Boot;
  readonly store: PresenceStore;
  readonly link: PresenceLink;
  readonly recoveryMs: number;
  readonly newEpoch: () => string;
}

/**
 * What the store may have lost of this node.
 *
 * - `nothing`: everything that it has taken is there.
 * - `some`: this node counted as dead, so others may have taken its keys.
 * - `told`: others have told that all of its keys are free.
 * - `all`: the store has lost everything, and nobody has told anything.
 */
export type Loss = 'nothing' | 'some' | 'told' | 'all';

/**
 * The way into the store. This node has to be registered there before it writes, anew whenever it was linked anew or
 * counted as dead, and when the store has lost it.
 */
export class StoreEntrance {
  readonly #parts: EntranceParts;
  readonly #opened: (loss: Loss) => void;
  #isLinked = false;
  #isOpen = false;
  #epoch: string | undefined;
  #openings = 0;
  #isEntering = false;
  #isAgain = false;
  /** Whether this node has counted as dead. */
  #wasDead = false;
  #settled: Deferred<void> | undefined;

  /** @param opened Called each time that this node may write. */
  constructor(parts: EntranceParts, opened: (loss: Loss) => void) {
    this.#parts = parts;
    this.#opened = opened;
  }

  /** Whether the store takes what this node writes. */
  get isOpen(): boolean {
    return this.#isOpen;
  }
  /** Whether it will be open soon, unless the link is lost. */
  get isPending(): boolean {
    return this.#isLinked && !this.#isOpen;
  }
  /** Changes when the store has lost everything. */
  get epoch(): string | undefined {
    return this.#epoch;
  }
  /** Number of times that it was opened. */
  get openings(): number {
    return this.#openings;
  }

  /** Resolves when it is open, or will not be before the link is there again. */
  settled(): Promise<void> {
    if (!this.isPending) return Promise.resolve();
    this.#settled ??= defer();
    return this.#settled.promise;
  }

  /** The link is there. */
  linked(): void {
    this.#isLinked = true;
    this.#isOpen = false;
    void this.#enter();
  }

  unlinked(): void {
    this.#isLinked = false;
    this.#isOpen = false;
    this.#settle();
  }

  /** The lease was renewed. */
  renewed(): void {
    if (this.isPending && !this.#isEntering) void this.#enter();
  }

  /** This node counted as dead, and does not any more. */
  revived(): void {
    this.#wasDead = true;
    this.#isOpen = false;
    if (this.#isLinked) void this.#enter();
  }

  /** The store has refused to take something. */
  refused(outcome: 'unleased' | 'unknown'): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (outcome === 'unknown') void this.#enter();
    else this.#parts.link.renew();
  }

  async #enter(): Promise<void> {
    this.#isAgain = true;
    if (this.#isEntering) return;
    this.#isEntering = true;
    while (this.#isAgain && this.#isLinked) {
      this.#isAgain = false;
      const entered = await this.#ask();
      // Otherwise the lease is renewed soon, or the link is lost.
      if (entered !== undefined && !this.#isAgain && this.#isLinked) this.#open(entered);
    }
    this.#isEntering = false;
  }

  async #ask(): Promise<Entered | undefined> {
    const { hub, boot, store, recoveryMs, newEpoch } = this.#parts;
    try {
      return await store.enter(hub, { ...boot, epoch: this.#epoch, newEpoch: newEpoch(), recoveryMs });
    } catch {
      // The link notices by itself.
      return undefined;
    }
  }

  #open({ epoch, isKnown }: Entered): void {
    const loss = epoch !== this.#epoch ? 'all' : isKnown ? (this.#wasDead ? 'some' : 'nothing') : 'told';
    this.#epoch = epoch;
    this.#wasDead = false;
    this.#isOpen = true;
    this.#openings += 1;
    this.#opened(loss);
    this.#settle();
  }

  #settle(): void {
    this.#settled?.resolve();
    this.#settled = undefined;
  }
}
