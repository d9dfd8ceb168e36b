/** Time as a dependency: everything that waits takes it from here, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds since an arbitrary moment; never goes back, whatever the wall clock does. */
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /**
   * Whether it moves by itself, as Node's does: when it is far ahead between two timers, the event loop was blocked or the
   * process stopped, and no limit on a client passes meanwhile. Default: false; then a jump is time that has passed.
   */
  readonly isReal?: boolean;
}

export const systemClock: Clock = {
  isReal: true,
  now: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/**
 * Something that may be due later, set and cleared as often as needed. All of a server's alarms share one timer (the
 * timer wheel), so setting one costs a list insertion.
 */
export interface Alarm {
  /** Due in `ms` milliseconds from now, instead of when it was due before. */
  set(ms: number): void;
  clear(): void;
  readonly isSet: boolean;
}

/** Where alarms come from. Implemented by `actors/timer-wheel.ts`. */
export interface Alarms {
  /**
   * For limits on others: clients, methods, answers. It goes by `now()`, so it does not ring for what could not be heard.
   */
  alarm(ring: () => void): Alarm;
  /** For what the server itself has to do in time: a ping, the answer to a poll. Clients' clocks do not stop with ours. */
  punctual(ring: () => void): Alarm;
  /** Milliseconds since an arbitrary moment, without those in which the event loop was blocked or the process stopped. */
  now(): number;
  /** The same with those: for rates. What comes all at once behind a block was sent over all of its time. */
  realNow(): number;
}
