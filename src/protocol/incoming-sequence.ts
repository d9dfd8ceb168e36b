import { ProtocolError } from '../errors.ts';
import { errorTexts } from './error-texts.ts';

/**
 * The sequence numbers of a client's messages, for stateful reconnect. They are not sent: both sides count, from 1.
 * After a loss the client names the number at which it goes on.
 */
export class IncomingSequence {
  #next = 1;
  #latest = 0;
  #needsAck = false;

  /** The highest number that has arrived; all before it have arrived, too. */
  get latest(): number {
    return this.#latest;
  }

  /** Whether an Ack should be sent: messages have arrived since the last one, again or for the first time. */
  get needsAck(): boolean {
    return this.#needsAck;
  }

  /** An Ack has been sent. */
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
   * Sets the number of the next message. It may be up to one above the latest that has arrived, whatever has been
   * repeated so far: a client that is cut off while it sends again may know already from an Ack that it can go on
   * behind that.
   *
   * @throws {ProtocolError} when messages in between are missing.
   */
  restart(number: number): void {
    if (number > this.#latest + 1) throw new ProtocolError(errorTexts.sequenceTooLarge);
    this.#next = number;
  }
}
