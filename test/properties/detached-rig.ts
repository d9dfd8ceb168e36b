import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { DetachedConnections } from '../../src/connection/stateful-reconnect/detached-connections.ts';
import type { DetachedLimits } from '../../src/connection/stateful-reconnect/detached-limits.ts';
import type {
  AttachedReplay,
  DetachedConnection,
} from '../../src/connection/stateful-reconnect/resumable-connection.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

/** Addresses, and on whose account each is. */
export const ACCOUNTS: Readonly<Record<string, string>> = {
  '10.0.0.1': 'one',
  '::ffff:10.0.0.1': 'one',
  '10.0.0.2': 'two',
  '2001:db8:0:1::1': 'network',
  '2001:db8:0:1:9::2': 'network',
};

/** A connection that has lost its transport, and may have another one meanwhile. */
export class Away implements DetachedConnection {
  readonly userId: string | undefined;
  readonly remoteAddress: string;
  readonly #ends: (one: Away, reason: CloseReason) => void;
  bytes = 0;
  /** When it began to keep something: a number that grows. */
  keptSince = 0;
  leftAt = 0;
  /** Its next transport has not had everything. */
  hasReturned = false;
  ended: CloseReason | undefined;

  constructor(userId: string | undefined, remoteAddress: string, ends: (one: Away, reason: CloseReason) => void) {
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

/** Bytes that count nowhere while there is a transport. */
export const FREE = 100_000;

/** A connection with a transport, which keeps as much as it is told and lets go whatever it is asked for. */
export class Present implements AttachedReplay {
  readonly connectionId: string;
  readonly userId: string | undefined;
  readonly #rig: DetachedRig;
  bytes = 0;

  constructor(userId: string | undefined, rig: DetachedRig) {
    this.connectionId = `of ${userId}`;
    this.userId = userId;
    this.#rig = rig;
  }

  get counted(): number {
    return Math.max(0, this.bytes - FREE);
  }

  keep(bytes: number): void {
    this.bytes = bytes;
    this.#rig.detached.weighAttached(this, bytes);
  }

  letGo(bytes: number): void {
    this.#rig.seen.letsGo?.(this);
    this.keep(this.bytes - bytes);
  }
}

/** What a test wants to see while it happens: each is called before anything has changed. */
export interface Seen {
  readonly ends?: (one: Away, reason: CloseReason) => void;
  readonly letsGo?: (one: Present) => void;
}

export const USERS = ['ann', 'bob', undefined] as const;

export const sum = (some: readonly Away[]) => some.reduce((bytes, one) => bytes + one.bytes, 0);

/** What a server keeps for clients that may come back, with nothing around it. */
export class DetachedRig {
  readonly clock = new SimulatedClock();
  readonly wheel = new TimerWheel(this.clock, new CollectedLog());
  readonly detached: DetachedConnections;
  readonly seen: Seen;
  /** In the order in which they left. */
  readonly left: Away[] = [];
  /** One of each user. */
  readonly present: readonly Present[] = USERS.map((userId) => new Present(userId, this));
  #began = 0;

  constructor(limits: DetachedLimits, seen: Seen = {}) {
    this.detached = new DetachedConnections(this.wheel, limits);
    this.seen = seen;
  }

  leave(userId: string | undefined, bytes: number, remoteAddress = '10.0.0.1', isOverfull = false): Away {
    const one = new Away(userId, remoteAddress, (...end) => this.seen.ends?.(...end));
    this.#leave(one, bytes, isOverfull);
    return one;
  }

  grow(one: Away, bytes: number, isOverfull = false): void {
    this.#weigh(one, one.bytes + bytes);
    this.detached.weigh(one, one.bytes, isOverfull);
  }

  /** It has another transport, */
  comeBack(one: Away): void {
    one.hasReturned = true;
    this.detached.returned(one);
  }

  /** which has had everything, */
  goOn(one: Away): void {
    this.#forget(one);
    this.detached.remove(one);
  }

  /** or is lost before that. */
  leaveAgain(one: Away): void {
    const { bytes } = one;
    this.#forget(one);
    this.#leave(one, bytes, false);
  }

  /** Those who have not been given up, in the order in which they left. */
  get kept(): readonly Away[] {
    return this.left.filter(({ ended }) => ended === undefined);
  }
  /** Those of them who have no transport. */
  get away(): readonly Away[] {
    return this.kept.filter(({ hasReturned }) => !hasReturned);
  }
  /** Bytes that count for those who have one, of one user or of all. */
  bytesPresent(userId?: string): number {
    const some = this.present.filter((one) => userId === undefined || one.userId === userId);
    return some.reduce((bytes, { counted }) => bytes + counted, 0);
  }

  #leave(one: Away, bytes: number, isOverfull: boolean): void {
    one.leftAt = this.clock.now();
    one.hasReturned = false;
    this.left.push(one);
    this.#weigh(one, bytes);
    this.detached.add(one, bytes, isOverfull);
  }

  #forget(one: Away): void {
    this.left.splice(this.left.indexOf(one), 1);
    one.bytes = 0;
  }

  #weigh(one: Away, bytes: number): void {
    if (one.bytes === 0 && bytes > 0) one.keptSince = ++this.#began;
    one.bytes = bytes;
  }
}
