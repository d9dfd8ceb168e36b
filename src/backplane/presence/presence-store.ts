/**
 * Port of the place where all nodes keep who is there: a part of `Backplane`. A key of a hub has a holder, `as`, with
 * connections on one node or several. `memory/memory-presence.ts` and `redis/redis-presence.ts` implement it, and
 * `testing/presence-contract.ts` tests what has to hold for each of them.
 *
 * Whether a node is alive is decided by its lease alone, at the moment of the call. All calls have a deadline, and reject
 * with a `BackplaneError`. Texts are well-formed.
 */
export interface PresenceStore {
  /** Registers a boot of a node, so that it may write. Resolves with undefined when it does not hold its lease. */
  enter(hub: string, entrance: Entrance): Promise<Entered | undefined>;
  /** Ends the registration of a boot that has no claims left. */
  leave(hub: string, boot: Boot): Promise<void>;
  /**
   * Writes what a boot claims of one key, in place of what it has claimed before, and removes the claims of nodes that
   * were dead for `graceMs`. When the holder, or its info, is another one than was told, the answer has a `token`: this
   * boot has to tell the change, and then `markTold`. Until then nobody else can write the key, as long as it is alive.
   */
  write(hub: string, key: string, claimed: Claimed): Promise<Written>;
  /**
   * Records what was told of a key. Resolves with false when somebody else has to tell it now, because this boot was not
   * alive.
   *
   * @param told undefined: the key has no holder.
   * @param from A key that this boot claims: it was told together with this one that its holder has left, which is
   * recorded in the same step.
   */
  markTold(
    hub: string,
    key: string,
    boot: Boot,
    token: number,
    told: string | undefined,
    from?: string,
  ): Promise<boolean>;
  /** Keys of nodes that were found dead `graceMs` ago, or before. Each may have to be written. Resolves with some. */
  overdue(hub: string, graceMs: number): Promise<readonly string[]>;
  /** Holders with a connection on a node that is alive. */
  get(hub: string, key: string): Promise<Holder | undefined>;
  /** In the order of `compareKeys`. May resolve with fewer entries than asked for, and a place where it goes on. */
  list(hub: string, query: KeyRange & { readonly limit: number }): Promise<HolderPage>;
  count(hub: string, prefix: string): Promise<number>;
}

/** Keys that `overdue` resolves with, at most. */
export const OVERDUE_AT_ONCE = 100;

/** One start of a node. */
export interface Boot {
  readonly nodeId: string;
  readonly bootId: string;
}

export interface Entrance extends Boot {
  /** The epoch that it knew before. undefined: it enters for the first time. */
  readonly epoch: string | undefined;
  /** The name of the epoch, if one begins. */
  readonly newEpoch: string;
  /** Milliseconds for which keys without a holder are kept for those who had them, after an epoch has ended. */
  readonly recoveryMs: number;
}

export interface Entered {
  /** Changes when the store has lost everything. */
  readonly epoch: string;
  /** Whether it was registered: nobody has removed its claims since. */
  readonly isKnown: boolean;
}

/** The holder of a key. */
export interface Holder {
  readonly as: string;
  readonly connectionIds: readonly string[];
  /** As JSON. */
  readonly user: string;
  /** As JSON. */
  readonly info: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface Claimed extends Boot {
  /**
   * Grows with each write of this boot. A smaller one is not done: it comes late, over a connection that is lost, and
   * would bring back what has ended.
   */
  readonly number: number;
  readonly graceMs: number;
  /** undefined: this boot claims nothing. */
  readonly claim: Claim | undefined;
  /** What was told of the key in an epoch that has ended: it counts if the store knows nothing of the key. */
  readonly told: string | undefined;
}

export interface Claim extends Omit<Holder, 'since'> {
  /** Whether `info` replaces that of others with the same `as`. */
  readonly setsInfo: boolean;
  /** Number of changes of `info`, as this boot knows it: the newest is kept when an epoch has ended. */
  readonly revision: number;
  /** Whether it was granted before. Otherwise it waits while keys are kept for those who had them. */
  readonly wasGranted: boolean;
}

export interface Written {
  /**
   * - `done`
   * - `taken`: somebody else who is alive has the key.
   * - `kept`: the store has lost everything, and keys without a holder are kept for those who had them, for a while. It
   *   has to be written again. If nothing is claimed, others may share the key, so it cannot be told yet that it is free.
   * - `busy`: another node that is alive tells a change of the key. Nothing is done.
   * - `unleased`: the boot does not hold its lease. Nothing is done.
   * - `unknown`: the boot is not registered. Nothing is done.
   */
  readonly outcome: 'done' | 'taken' | 'kept' | 'busy' | 'unleased' | 'unknown';
  /** What was told of the key at last. undefined: that it has no holder. */
  readonly told: string | undefined;
  /** undefined: there is none. */
  readonly holder: (Holder & { readonly revision: number }) | undefined;
  /** Connections whose claims were removed with this write. */
  readonly removed: readonly string[];
  /** Present when this boot has to tell the change. */
  readonly token: number | undefined;
}

/** A part of the keys. */
export interface KeyRange {
  readonly prefix: string;
  /** Only keys behind this one. */
  readonly after: string | undefined;
}

export interface HolderPage {
  readonly holders: readonly (Holder & { readonly key: string })[];
  /** The key behind which there may be more. */
  readonly next: string | undefined;
}
