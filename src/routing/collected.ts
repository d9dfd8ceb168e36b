import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { LaneParts } from './lane-parts.ts';
import type { Run } from './run.ts';

/** A run that is long enough, with its bytes in the lane's protocol. */
interface Slice {
  readonly run: Run;
  readonly bytes: number;
}

/**
 * Messages that a lane has collected since its last turn to write: runs, in slices. A slice ends with the one that reaches
 * `highWaterBytes` or `limitMessages`, so that no write is much longer than that, and lanes share every slice.
 */
export abstract class Collected {
  protected readonly limits: LaneParts['limits'];
  /** The slice that grows. */
  #open: Run | undefined;
  #openBytes = 0;
  /** The slices before it; made when one turn is not enough. */
  #whole: Slice[] | undefined;
  #wholeMessages = 0;
  #wholeBytes = 0;

  constructor(limits: LaneParts['limits']) {
    this.limits = limits;
  }

  protected get collectedMessages(): number {
    return this.#wholeMessages + (this.#open === undefined ? 0 : this.#open.length);
  }
  protected get collectedBytes(): number {
    return this.#wholeBytes + this.#openBytes;
  }
  /** How many slices are whole: so many turns pass before what is added now has its own. */
  protected get turns(): number {
    return this.#whole === undefined ? 0 : this.#whole.length;
  }

  /** @param root Where a slice begins. */
  protected collect(message: EncodedMessage, bytes: number, root: Run): void {
    const run = (this.#open ?? root).with(message);
    this.#openBytes += bytes;
    if (this.#openBytes < this.limits.highWaterBytes && run.length < this.limits.limitMessages) this.#open = run;
    else this.#close(run);
  }

  /** The oldest slice, taken out. */
  protected takeSlice(): Run | undefined {
    if (this.#whole !== undefined) return this.#takeWhole(this.#whole);
    const run = this.#open;
    this.#open = undefined;
    this.#openBytes = 0;
    return run;
  }

  /** All messages in their order, taken out. */
  protected takeCollected(): EncodedMessage[] {
    const messages: EncodedMessage[] = [];
    for (let run = this.takeSlice(); run !== undefined; run = this.takeSlice()) {
      for (const message of run.messages()) messages.push(message);
    }
    return messages;
  }

  #close(run: Run): void {
    this.#whole ??= [];
    this.#whole.push({ run, bytes: this.#openBytes });
    this.#wholeMessages += run.length;
    this.#wholeBytes += this.#openBytes;
    this.#open = undefined;
    this.#openBytes = 0;
  }

  #takeWhole(whole: Slice[]): Run {
    const { run, bytes } = whole.shift() as Slice;
    this.#wholeMessages -= run.length;
    this.#wholeBytes -= bytes;
    if (whole.length === 0) this.#whole = undefined;
    return run;
  }
}
