import type { LogEvents, LogStore } from './log-store.ts';
import type { PresenceStore } from './presence/presence-store.ts';

/**
 * Port of a backplane, which makes several nodes one service: it carries bytes on named channels, and keeps a lease for
 * each node that is alive. It knows no hub and no message. `memory.ts` and `redis.ts` implement it.
 * `testing/backplane-contract.ts` tests what has to hold for each of them.
 *
 * No call blocks the event loop, and each has a deadline. A call that fails rejects with a `BackplaneError`.
 */
export interface Backplane {
  /**
   * Connects, and connects anew whenever the connection is lost, until `close`. The connection counts as open when
   * everything is ready that later calls need. Called once, before any other method.
   */
  open(events: BackplaneEvents): void;
  /** Drops the connection and makes a new one, which `lost` and then `opened` report: the present one is not trusted. */
  reconnect(): void;

  /**
   * Publishes messages in their order. What one node publishes arrives at each subscriber in the order in which it was
   * published, over all channels, at most once. Resolves when the backplane has taken all of them. When it rejects, any
   * of them may be lost. They are not sent again: a message that comes late would overtake those that followed.
   */
  publish(messages: readonly Published[]): Promise<void>;
  /**
   * Subscribes to channels. Resolves when each message that is published from now on will come. Subscriptions are gone
   * when the connection is lost.
   */
  subscribe(channels: readonly string[]): Promise<void>;
  /** Ends subscriptions. Messages that are on their way may still come. Never throws. */
  unsubscribe(channels: readonly string[]): void;

  /**
   * Takes or renews the lease of a node, unless another boot of a node with this id holds it. Resolves with all leases.
   * Durations count by the clock of the backplane alone.
   */
  renewLease(lease: Lease): Promise<RenewedLease>;
  /** Ends the lease at once, when this boot holds it. */
  releaseLease(lease: Pick<Lease, 'nodeId' | 'bootId'>): Promise<void>;
  /** Resolves with true for the first node that asks within so many milliseconds, and with false for all others. */
  takeTurn(name: string, ms: number): Promise<boolean>;
  /**
   * Takes tokens of a bucket that all nodes share, as many as it has, at most `count`. A bucket that nobody has used is
   * full.
   */
  takeTokens(bucket: string, rate: TokenRate, count: number): Promise<TakenTokens>;

  /** The logs of groups that remember. */
  readonly logs: LogStore;
  /** The presence keys of all hubs: who has them, on all nodes. */
  readonly presence: PresenceStore;

  /** Resolves when all resources are released. No event comes after it was called. Never rejects. */
  close(): Promise<void>;
}

/** A message on a channel. */
export interface Published {
  readonly channel: string;
  readonly bytes: Uint8Array;
}

/** Callbacks of a backplane. They come one after the other, never within a call of a method, and do not throw. */
export interface BackplaneEvents extends LogEvents {
  /** The connection is open. Nothing is subscribed. */
  opened(): void;
  /** The connection is lost, or could not be made. It is tried again. Comes at most once until the next `opened`. */
  lost(error: BackplaneError): void;
  /** A message of any node, this one too. Its bytes may be kept. */
  message(channel: string, bytes: Uint8Array): void;
}

/** The lease of a node: as long as it is renewed in time the node is alive. */
export interface Lease {
  readonly nodeId: string;
  /** Random, for each start of a node. */
  readonly bootId: string;
  /** Duration in milliseconds. */
  readonly ms: number;
}

export interface RenewedLease {
  /**
   * - `kept`: it was held by this boot.
   * - `taken`: nobody held it. A node that has held it before was not alive meanwhile.
   * - `refused`: another boot holds it.
   */
  readonly outcome: 'kept' | 'taken' | 'refused';
  /** The leases of all nodes that are alive, this one too. */
  readonly alive: readonly LiveLease[];
}

export interface LiveLease {
  readonly nodeId: string;
  readonly bootId: string;
  /** Milliseconds until it ends, unless it is renewed. */
  readonly remainingMs: number;
}

export interface TokenRate {
  readonly perSecond: number;
  /** Number of tokens of a full bucket. */
  readonly burst: number;
}

export interface TakenTokens {
  /** A whole number from 0 to `count`. */
  readonly taken: number;
  /** Milliseconds until the bucket has a token again; 0: it has one. */
  readonly waitMs: number;
}

/**
 * - `unreachable`: it does not answer, or not in time. Passes once it does.
 * - `refused`: it answers, and does not serve us: a wrong password, a missing permission, a version or a mode that we
 *   cannot use. A mistake in the setup.
 * - `node-id-taken`: another node that is alive has the id of this one.
 * - `closed`: it is not open.
 */
export type BackplaneProblem = 'unreachable' | 'refused' | 'node-id-taken' | 'closed';

/** A backplane could not do what was asked. The message is one line that a person can act on, without credentials. */
export class BackplaneError extends Error {
  override name = 'BackplaneError';
  readonly problem: BackplaneProblem;

  constructor(problem: BackplaneProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}
