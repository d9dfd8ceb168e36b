/**
 * Time as a dependency: everything that waits, measures or writes down a time uses it, so that tests can control time.
 */
export interface Clock {
  /**
   * Milliseconds since an arbitrary moment; never goes back, whatever the wall clock does. All waiting and all
   * durations use it.
   */
  now(): number;
  /**
   * Milliseconds since 1970, by the wall clock. That may be set forward or back at any time: the difference of two of
   * its moments is no duration.
   */
  wallNow(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /**
   * Whether the clock runs by itself, as Node's does. A jump between two timers then means that the event loop was
   * blocked or the process stopped, and time limits of clients do not run meanwhile. Default: false; then a jump is
   * time that has passed.
   */
  readonly isReal?: boolean;
}

/** Moments alone, for what never waits. */
export type Moments = Pick<Clock, 'now' | 'wallNow'>;

export const systemClock: Clock = {
  isReal: true,
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/**
 * A timer that can be set and cleared as often as needed. All alarms of a server share one timer of Node's (the timer
 * wheel), so setting one costs a list insertion.
 */
export interface Alarm {
  /** Sets it to `ms` milliseconds from now; an earlier setting is replaced. */
  set(ms: number): void;
  clear(): void;
  readonly isSet: boolean;
}

/** Port that makes alarms. Implemented by `actors/timer-wheel.ts`. */
export interface Alarms {
  /**
   * An alarm for time limits of others: clients, methods, results. It goes by `now()`, so a limit does not run while
   * the server cannot read.
   */
  alarm(ring: () => void): Alarm;
  /**
   * An alarm for duties of the server: a ping, the answer to a poll. It goes by `realNow()`, as the clients' clocks do.
   */
  punctual(ring: () => void): Alarm;
  /**
   * Milliseconds since an arbitrary moment, without those in which the event loop was blocked or the process stopped.
   */
  now(): number;
  /** The same, with those; for rates: messages that arrive at once after a block were sent during all of that time. */
  realNow(): number;
  /** Milliseconds since 1970 (`Clock.wallNow`). */
  wallNow(): number;
}
