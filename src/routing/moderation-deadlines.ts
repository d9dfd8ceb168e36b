import type { Alarm, Alarms } from '../clock.ts';

/** The wait for the moderators of one message. */
export interface Moderating {
  /** Whether the message was refused meanwhile, so that no further moderator is asked. */
  readonly isOver: boolean;
}

/** A message that waits. */
interface Waiting {
  isOver: boolean;
  readonly deadline: number;
  /** Ends the wait. */
  readonly refuse: (error: Error) => void;
  /** Makes the error for a message whose moderators are late. */
  readonly late: () => Error;
}

/**
 * The messages of one outbox that wait for their moderators, and one alarm for all of them. All have the same time
 * limit, so the oldest is always the first to be late.
 */
export class ModerationDeadlines {
  readonly #alarms: Alarms;
  readonly #limitMs: number;
  readonly #alarm: Alarm;
  /** Oldest first. */
  readonly #waiting = new Set<Waiting>();
  #closed: Error | undefined;

  /** @param limitMs 0: none. */
  constructor(alarms: Alarms, limitMs: number) {
    this.#alarms = alarms;
    this.#limitMs = limitMs;
    this.#alarm = alarms.alarm(() => this.#expire());
  }

  /**
   * Resolves with what the moderators say, or with an error when they are late. What they say later is ignored.
   *
   * @param begin Asks them. Its promise must not reject.
   * @param late Makes the error.
   */
  limit<T>(begin: (moderating: Moderating) => Promise<T>, late: () => Error): Promise<T | Error> {
    if (this.#closed !== undefined) return Promise.resolve(this.#closed);
    return new Promise((resolve) => {
      const deadline = this.#limitMs === 0 ? Number.POSITIVE_INFINITY : this.#alarms.now() + this.#limitMs;
      const waiting: Waiting = { isOver: false, deadline, refuse: resolve, late };
      this.#waiting.add(waiting);
      if (this.#limitMs !== 0 && !this.#alarm.isSet) this.#alarm.set(this.#limitMs);
      begin(waiting).then((said) => {
        this.#waiting.delete(waiting);
        resolve(said);
      });
    });
  }

  /** Refuses all that wait, and whatever would have to wait from now on. */
  close(error: Error): void {
    this.#closed = error;
    this.#alarm.clear();
    for (const waiting of this.#waiting) this.#refuse(waiting, error);
  }

  #expire(): void {
    const now = this.#alarms.now();
    for (const waiting of this.#waiting) {
      if (waiting.deadline > now) {
        this.#alarm.set(waiting.deadline - now);
        return;
      }
      this.#refuse(waiting, waiting.late());
    }
  }

  #refuse(waiting: Waiting, error: Error): void {
    waiting.isOver = true;
    this.#waiting.delete(waiting);
    waiting.refuse(error);
  }
}
