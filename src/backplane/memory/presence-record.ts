import type { Claim, Holder, Written } from '../presence/presence-store.ts';

/** A boot that has to tell a change, and the number of the write that has made it. */
interface Teller {
  readonly bootId: string;
  readonly token: number;
}

type Kept = Pick<Holder, 'as' | 'user' | 'info' | 'since'> & { readonly revision: number };

/** What is kept of one key: its holder, the claims of the nodes, and what was told of it. */
export class PresenceRecord {
  holder: Kept | undefined;
  /** Connections by boot. */
  readonly claims = new Map<string, readonly string[]>();
  /** The boot that has to tell the latest change. */
  teller: Teller | undefined;
  /** The boot that has to tell that the holder has left, if nobody who shared the key comes back. */
  debtor: string | undefined;
  #told: string | undefined;
  /** Number of changes that have to be told, and the one that was told last. */
  #version = 0;
  #toldVersion = 0;
  #removed: string[] = [];

  /** Whether nothing has to be kept of it. */
  get isEmpty(): boolean {
    return this.holder === undefined && this.#told === undefined && this.teller === undefined;
  }

  /** The holder, with the connections of nodes that are alive. undefined: none of them is. */
  holderAlive(isAlive: (bootId: string) => boolean): Holder | undefined {
    const connectionIds = this.#connectionsAlive(isAlive);
    if (this.holder === undefined || connectionIds.length === 0) return undefined;
    const { as, user, info, since } = this.holder;
    return { as, connectionIds, user, info, since };
  }

  /** What was told in an epoch that has ended counts if nothing is known. */
  restore(told: string | undefined): void {
    if (this.holder === undefined) this.#told ??= told;
  }

  /** Removes the claims of a boot. */
  withdraw(bootId: string): void {
    this.#removed.push(...(this.claims.get(bootId) ?? []));
    this.claims.delete(bootId);
  }

  /** Writes the claims of a boot. Those of another holder have been removed. */
  claimBy(bootId: string, claim: Claim, now: number): void {
    const { as, user, info, revision } = claim;
    if (this.holder === undefined || this.holder.as !== as) {
      this.holder = { as, user, info, since: now, revision };
      this.#version += 1;
    } else if ((claim.setsInfo || revision > this.holder.revision) && info !== this.holder.info) {
      this.holder = { ...this.holder, info, revision: Math.max(revision, this.holder.revision + 1) };
      this.#version += 1;
    }
    this.claims.set(bootId, claim.connectionIds);
  }

  /**
   * Ends a write: decides whether the boot has to tell something. Of a holder whose nodes are all dead nothing is told: it
   * may come back, or somebody takes its key.
   *
   * @param isRecovering Whether those who share a key may come back that the store has lost.
   */
  settle(
    outcome: Written['outcome'],
    boot: Teller,
    isAlive: (bootId: string) => boolean,
    isRecovering: boolean,
  ): Written {
    if (this.claims.size === 0 && this.holder !== undefined) {
      this.holder = undefined;
      this.#version += 1;
    }
    const connectionIds = this.#connectionsAlive(isAlive);
    const holder = this.holder && { ...this.holder, connectionIds };
    const isOld = this.#version === this.#toldVersion || connectionIds.length === 0;
    const hasLeft = holder === undefined && this.#told !== undefined;
    const owes = hasLeft && isRecovering;
    this.debtor = owes ? boot.bootId : undefined;
    this.teller = (holder === undefined ? hasLeft && !isRecovering : !isOld) ? boot : undefined;
    const removed = this.#removed;
    this.#removed = [];
    return { outcome: owes ? 'kept' : outcome, told: this.#told, holder, removed, token: this.teller?.token };
  }

  wasTold(told: string | undefined): void {
    this.teller = undefined;
    this.#told = told;
    this.#toldVersion = this.#version;
  }

  /** It was told that the holder has left, although the claim is still there. */
  wasToldFree(): void {
    this.#told = undefined;
    this.#toldVersion = 0;
  }

  #connectionsAlive(isAlive: (bootId: string) => boolean): readonly string[] {
    return [...this.claims].flatMap(([bootId, ids]) => (isAlive(bootId) ? ids : []));
  }
}
