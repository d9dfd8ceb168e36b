import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { DetachedConnections } from '../../src/connection/stateful-reconnect/detached-connections.ts';
import type { DetachedLimits } from '../../src/connection/stateful-reconnect/detached-limits.ts';
import type {
  AttachedReplay,
  DetachedConnection,
} from '../../src/connection/stateful-reconnect/resumable-connection.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';

/** Addresses, and the account of each. */
export const ACCOUNTS: Readonly<Record<string, string>> = {
  '10.0.0.1': 'one',
  '::ffff:10.0.0.1': 'one',
  '10.0.0.2': 'two',
  '2001:db8:0:1::1': 'network',
  '2001:db8:0:1:9::2': 'network',
};

/** A connection that has lost its transport, and may have another one meanwhile. */
export class TestDetachedConnection implements DetachedConnection {
  readonly userId: string | undefined;
  readonly remoteAddress: string;
  readonly #ends: (one: TestDetachedConnection, reason: CloseReason) => void;
  bytes = 0;
  /** Position in the order in which connections began to keep something: a number that grows. */
  keptSince = 0;
  leftAt = 0;
  /** Whether it has a new transport that has not received everything yet. */
  hasReturned = false;
  ended: CloseReason | undefined;

  constructor(
    userId: string | undefined,
    remoteAddress: string,
    ends: (one: TestDetachedConnection, reason: CloseReason) => void,
  ) {
    this.userId = userId;
    this.remoteAddress = remoteAddress;
    this.#ends = ends;
  }

  get account(): string {
    return ACCOUNTS[this.remoteAddress] as string;
  }

  endWith(reason: CloseReason): void {
    this.#ends(this, reason);
    this.ended ??= reason;
  }
}

/** Bytes that do not count while there is a transport. */
export const FREE = 100_000;

/** A connection with a transport. The test sets how much it keeps, and it lets go of as much as requested. */
export class AttachedConnection implements AttachedReplay {
  readonly connectionId: string;
  readonly userId: string | undefined;
  readonly #harness: DetachedHarness;
  bytes = 0;

  constructor(userId: string | undefined, harness: DetachedHarness) {
    this.connectionId = `of ${userId}`;
    this.userId = userId;
    this.#harness = harness;
  }

  get counted(): number {
    return Math.max(0, this.bytes - FREE);
  }

  keep(bytes: number): void {
    this.bytes = bytes;
    this.#harness.detached.weighAttached(this, bytes);
  }

  trim(bytes: number): void {
    this.#harness.seen.letsGo?.(this);
    this.keep(this.bytes - bytes);
  }
}

/** Observers of a test. Each is called before anything has changed. */
export interface Seen {
  readonly ends?: (one: TestDetachedConnection, reason: CloseReason) => void;
  readonly letsGo?: (one: AttachedConnection) => void;
}

export const USERS = ['ann', 'bob', undefined] as const;

export const sum = (some: readonly TestDetachedConnection[]) => some.reduce((bytes, one) => bytes + one.bytes, 0);

/** The parts of a server that keep connections without a transport, and nothing else. */
export class DetachedHarness {
  readonly clock = new SimulatedClock();
  readonly wheel = new TimerWheel(this.clock, new CollectedLog());
  readonly detached: DetachedConnections;
  readonly seen: Seen;
  /** Connections in the order in which they left. */
  readonly left: TestDetachedConnection[] = [];
  /** One connection with a transport for each user. */
  readonly present: readonly AttachedConnection[] = USERS.map((userId) => new AttachedConnection(userId, this));
  #began = 0;

  constructor(limits: DetachedLimits, seen: Seen = {}) {
    this.detached = new DetachedConnections(this.wheel, limits);
    this.seen = seen;
  }

  leave(
    userId: string | undefined,
    bytes: number,
    remoteAddress = '10.0.0.1',
    isOverfull = false,
  ): TestDetachedConnection {
    const one = new TestDetachedConnection(userId, remoteAddress, (...end) => this.seen.ends?.(...end));
    this.#leave(one, bytes, isOverfull);
    return one;
  }

  grow(one: TestDetachedConnection, bytes: number, isOverfull = false): void {
    this.#weigh(one, one.bytes + bytes);
    this.detached.weigh(one, one.bytes, isOverfull);
  }

  /** Gives it another transport. */
  comeBack(one: TestDetachedConnection): void {
    one.hasReturned = true;
    this.detached.returned(one);
  }

  /** Its new transport has received everything. */
  goOn(one: TestDetachedConnection): void {
    this.#forget(one);
    this.detached.remove(one);
  }

  /** Its new transport is lost before it has received everything. */
  leaveAgain(one: TestDetachedConnection): void {
    const { bytes } = one;
    this.#forget(one);
    this.#leave(one, bytes, false);
  }

  /** Connections that have not been given up, in the order in which they left. */
  get kept(): readonly TestDetachedConnection[] {
    return this.left.filter(({ ended }) => ended === undefined);
  }
  /** Those of them that have no transport. */
  get away(): readonly TestDetachedConnection[] {
    return this.kept.filter(({ hasReturned }) => !hasReturned);
  }
  /** Bytes that count for connections with a transport, of one user or of all. */
  bytesPresent(userId?: string): number {
    const some = this.present.filter((one) => userId === undefined || one.userId === userId);
    return some.reduce((bytes, { counted }) => bytes + counted, 0);
  }

  #leave(one: TestDetachedConnection, bytes: number, isOverfull: boolean): void {
    one.leftAt = this.clock.now();
    one.hasReturned = false;
    this.left.push(one);
    this.#weigh(one, bytes);
    this.detached.add(one, bytes, isOverfull);
  }

  #forget(one: TestDetachedConnection): void {
    this.left.splice(this.left.indexOf(one), 1);
    one.bytes = 0;
  }

  #weigh(one: TestDetachedConnection, bytes: number): void {
    if (one.bytes === 0 && bytes > 0) one.keptSince = ++this.#began;
    one.bytes = bytes;
  }
}
