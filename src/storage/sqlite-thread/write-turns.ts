import type { Clock } from '../../clock.ts';

/** The work of a thread, as far as turns are concerned. */
export interface TurnsWork<Request> {
  /**
   * Tries to do what was asked, and answers.
   *
   * @param mayWrite Whether it may take the database's lock.
   * @returns whether it was answered. Otherwise nothing has happened, since another process has the lock, or since this
   *   one must not take it.
   */
  attempt(request: Request, mayWrite: boolean): boolean;
  /** Answers as `attempt`, with an error if the database is still locked. */
  attemptFinally(request: Request): void;
  /** Whether anything has been written since the last question. */
  hasWritten(): boolean;
  /** Whether another process has written since the last question. */
  hasOthersWritten(): boolean;
}

interface Waiting<Request> {
  readonly request: Request;
  /** Milliseconds of `Clock.now`. */
  readonly since: number;
}

/** A process that has not had the lock for so long, and waits for it, says that the database is locked. */
const PATIENCE_MS = 1_500;
/** A turn: for so long a process writes one transaction after the other, when others write, too. */
const TURN_MS = 5;
/** The same when nobody else is known. Others who wait are not known before they have had the lock. */
const TURN_ALONE_MS = 100;
/** After its turn a process leaves the lock to others for so long. */
const GAP_MS = 3;
/** Other processes that have not written for so long are none. */
const OTHERS_MS = 1_000;
/** Times between two attempts are drawn by lot: from 1 ms on, which is the least that a timer takes, to below these. */
const NEW_MS = 8;
/** No longer than a gap, so that a request that is no longer new meets the next one. */
const OLD_MS = 3;
const OLD_AFTER_MS = 20;

/**
 * Turns of several processes that write to one SQLite database. SQLite has one lock, and lets those who wait for it ask
 * again and again: whoever writes one transaction after the other has it nearly all the time, and others starve.
 *
 * A process that has written for a while leaves the lock alone for a moment, if others write, too. One that waits asks
 * more often once it has waited for some time, so that it meets such a moment. The thread is not blocked meanwhile: what
 * only reads is answered at once. What writes is done in its order.
 */
export class WriteTurns<Request> {
  readonly #work: TurnsWork<Request>;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** Requests that wait for the lock, the oldest first. */
  readonly #line: Waiting<Request>[] = [];
  #timer: unknown;
  /** Moments of `Clock.now`: of the begin of this turn, and of the last time that this process had the lock. */
  #turnSince = Number.NEGATIVE_INFINITY;
  #hadAt = Number.NEGATIVE_INFINITY;
  /** Moments of `Clock.now` until which the lock is left to others, and until which there are others. */
  #leftUntil = Number.NEGATIVE_INFINITY;
  #othersUntil = Number.NEGATIVE_INFINITY;

  /** @param random A number from 0 to below 1, another one each time. */
  constructor(work: TurnsWork<Request>, clock: Clock, random = Math.random) {
    this.#work = work;
    this.#clock = clock;
    this.#random = random;
  }

  add(request: Request): void {
    const now = this.#clock.now();
    const mayWrite = this.#line.length === 0 && now >= this.#leftUntil;
    if (this.#work.attempt(request, mayWrite)) {
      if (mayWrite) this.#done(now);
      return;
    }
    if (mayWrite) this.#met();
    this.#line.push({ request, since: now });
    this.#wait();
  }

  /** Does what waits, until one of it has to wait again. */
  #proceed(): void {
    this.#timer = undefined;
    for (let first = this.#line[0]; first !== undefined; first = this.#line[0]) {
      const now = this.#clock.now();
      if (now - Math.max(first.since, this.#hadAt) >= PATIENCE_MS) this.#work.attemptFinally(first.request);
      else if (now < this.#leftUntil) break;
      else if (!this.#work.attempt(first.request, true)) {
        this.#met();
        break;
      }
      this.#line.shift();
      this.#done(now);
    }
    this.#wait();
  }

  #wait(): void {
    const first = this.#line[0];
    if (first === undefined || this.#timer !== undefined) return;
    const now = this.#clock.now();
    const most = now - first.since < OLD_AFTER_MS ? NEW_MS : OLD_MS;
    const ms = now < this.#leftUntil ? this.#leftUntil - now : 1 + this.#random() * (most - 1);
    this.#timer = this.#clock.setTimeout(() => this.#proceed(), ms);
  }

  /** Leaves the lock to others when a turn is over. @param begun Moment of `Clock.now` at which a request was begun. */
  #done(begun: number): void {
    if (!this.#work.hasWritten()) return;
    const now = this.#clock.now();
    if (begun - this.#hadAt >= GAP_MS) this.#turnSince = begun;
    this.#hadAt = now;
    if (this.#work.hasOthersWritten()) this.#othersUntil = now + OTHERS_MS;
    const mostMs = now < this.#othersUntil ? TURN_MS : TURN_ALONE_MS;
    if (now - this.#turnSince >= mostMs) this.#leftUntil = now + GAP_MS;
  }

  /** Another process has the lock. */
  #met(): void {
    this.#othersUntil = this.#clock.now() + OTHERS_MS;
  }
}
