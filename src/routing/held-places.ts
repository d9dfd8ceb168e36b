import { RefusedError } from '../errors.ts';
import type { OutboxName } from '../hub/outbox-options.ts';
import type { LimitedLog } from '../log-limit.ts';

/** Part of the places that must be free before an outbox that was full counts as one with room. */
const FREE_AGAIN = 0.5;

/**
 * The places of one outbox for held messages. When there are too few, the log gets one line at the first refusal, and
 * one with the number of refusals when half of the places are free again. An outbox that stays almost full refuses a
 * message each time that a place was taken; a line for each time would hide how many there are.
 */
export class HeldPlaces {
  readonly #outbox: OutboxName;
  readonly #path: string;
  readonly #capacity: number;
  readonly #log: LimitedLog;
  #taken = 0;
  /** Number of refusals since there was room. 0: there is room, or nobody has missed it. */
  #refused = 0;

  constructor(parts: {
    readonly outbox: OutboxName;
    /** Path of the hub. */
    readonly path: string;
    readonly capacity: number;
    readonly log: LimitedLog;
  }) {
    this.#outbox = parts.outbox;
    this.#path = parts.path;
    this.#capacity = parts.capacity;
    this.#log = parts.log;
  }

  get taken(): number {
    return this.#taken;
  }
  get areTaken(): boolean {
    return this.#taken >= this.#capacity;
  }
  /** The error for the sender of a message for which there is no place. */
  get error(): RefusedError {
    const full = `The ${this.#outbox} outbox of ${this.#path} holds back as many messages as it may`;
    return new RefusedError(`${full}: ${this.#capacity} (${this.#option}).`);
  }

  take(): void {
    this.#taken += 1;
  }

  free(): void {
    this.#taken -= 1;
    if (this.#refused === 0 || this.#taken > this.#capacity * FREE_AGAIN) return;
    const refused = this.#refused;
    this.#refused = 0;
    this.#log.warn({ outbox: this.#outbox, refused }, 'an outbox has room again: meanwhile it has refused messages');
  }

  /** Counts a message for which there is no place. @returns whether it is the first one since there was room. */
  refuse(): boolean {
    this.#refused += 1;
    if (this.#refused > 1) return false;
    this.#log.warn(
      { outbox: this.#outbox, option: this.#option, capacity: this.#capacity },
      'an outbox is full: it refuses messages that it would have to hold back',
    );
    return true;
  }

  get #option(): string {
    return `outboxes.${this.#outbox}.capacity`;
  }
}
