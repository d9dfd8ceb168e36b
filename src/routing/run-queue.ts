import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { LaneParts } from './lane-parts.ts';
import type { Run } from './run.ts';

/** A run of full length, with its bytes in the lane's protocol. */
interface Slice {
  readonly run: Run;
  readonly bytes: number;
}

/**
 * The messages that a lane has collected since its last flush, as a queue of runs, called slices. A slice is closed by
 * the message that reaches `highWaterBytes` or `limitMessages`, so no write is much longer than that. Lanes share every
 * slice.
 */
export abstract class RunQueue {
  protected readonly limits: LaneParts['limits'];
  /** The slice to which messages are added. */
  #open: Run | undefined;
  #openBytes = 0;
  /** The closed slices before it; made for the first one. */
  #closed: Slice[] | undefined;
  #closedMessages = 0;
  #closedBytes = 0;

  constructor(limits: LaneParts['limits']) {
    this.limits = limits;
  }

  protected get collectedMessages(): number {
    return this.#closedMessages + (this.#open === undefined ? 0 : this.#open.length);
  }
  protected get collectedBytes(): number {
    return this.#closedBytes + this.#openBytes;
  }
  /** Number of closed slices: of flushes until the message that was added last has been written. */
  get closedSlices(): number {
    return this.#closed === undefined ? 0 : this.#closed.length;
  }

  /** Adds a message. @param root The empty run at which a slice begins. */
  protected collect(message: EncodedMessage, bytes: number, root: Run): void {
    const run = (this.#open ?? root).with(message);
    this.#openBytes += bytes;
    if (this.#openBytes < this.limits.highWaterBytes && run.length < this.limits.limitMessages) this.#open = run;
    else this.#closeSlice(run);
  }

  /** Removes the oldest slice. */
  protected takeSlice(): Run | undefined {
    if (this.#closed !== undefined) return this.#takeClosed(this.#closed);
    const run = this.#open;
    this.#open = undefined;
    this.#openBytes = 0;
    return run;
  }

  /** Removes all messages, in their order. */
  protected takeCollected(): EncodedMessage[] {
    const messages: EncodedMessage[] = [];
    for (let run = this.takeSlice(); run !== undefined; run = this.takeSlice()) {
      for (const message of run.messages()) messages.push(message);
    }
    return messages;
  }

  #closeSlice(run: Run): void {
    this.#closed ??= [];
    this.#closed.push({ run, bytes: this.#openBytes });
    this.#closedMessages += run.length;
    this.#closedBytes += this.#openBytes;
    this.#open = undefined;
    this.#openBytes = 0;
  }

  #takeClosed(closed: Slice[]): Run {
    const { run, bytes } = closed.shift() as Slice;
    this.#closedMessages -= run.length;
    this.#closedBytes -= bytes;
    if (closed.length === 0) this.#closed = undefined;
    return run;
  }
}
