import { ProtocolError } from '../errors.ts';
import { errorTexts } from './error-texts.ts';

/**
 * The numbers of a client's messages, for stateful reconnect. They do not travel: both sides count, from 1 on, and after a
 * loss the client says where it begins again.
 */
export class IncomingSequence {
  #next = 1;
  #latest = 0;
  #needsAck = false;

  /** The highest number that has arrived; everything before it has, too. */
  get latest(): number {
    return this.#latest;
  }

  /** Whether the client should hear how far we are: something has come, or it does not know what had come before. */
  get needsAck(): boolean {
    return this.#needsAck;
  }

  acked(): void {
    this.#needsAck = false;
  }

  /** Counts one more message. @returns false when it has arrived before. */
  take(): boolean {
    const number = this.#next;
    this.#next += 1;
    this.#needsAck = true;
    if (number <= this.#latest) return false;
    this.#latest = number;
    return true;
  }

  /**
   * The next message has this number. Measured by what has arrived at all: when a client is cut off in the middle of sending
   * again, it may know already from our Ack that it can begin behind that.
   *
   * @throws {ProtocolError} when messages in between are missing.
   */
  restart(number: number): void {
    if (number > this.#latest + 1) throw new ProtocolError(errorTexts.sequenceTooLarge);
    this.#next = number;
  }
}
