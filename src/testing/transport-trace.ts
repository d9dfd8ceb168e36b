import type { TransportEnd, TransportListener } from '../transports/transport.ts';

/** Records what a transport reports, and whether anything came after the end. */
export class TransportTrace implements TransportListener {
  readonly ends: TransportEnd[] = [];
  /** Number of characters received. */
  length = 0;
  drainedTimes = 0;
  pongs = 0;
  /** Latest number of held bytes. */
  held = 0;
  /** Number of characters received when each message had ended. */
  readonly messageEnds: number[] = [];
  /** Of each of these messages: whether it was a binary one. */
  readonly areBinary: boolean[] = [];
  /** Names of the callbacks that were called after `closed`. */
  readonly late: string[] = [];
  readonly #chunks: Buffer[] = [];

  received(chunk: Buffer, endsMessage: boolean, isBinary: boolean): void {
    this.#note('received');
    this.length += chunk.length;
    if (endsMessage) {
      this.messageEnds.push(this.length);
      this.areBinary.push(isBinary);
    }
    this.#chunks.push(Buffer.from(chunk));
  }
  ponged(): void {
    this.#note('ponged');
    this.pongs += 1;
  }
  holding(bytes: number): void {
    this.#note('holding');
    this.held = bytes;
  }
  drained(): void {
    this.#note('drained');
    this.drainedTimes += 1;
  }
  endRequested(): void {
    this.#note('endRequested');
  }
  closed(end: TransportEnd): void {
    this.#note('closed');
    this.ends.push(end);
  }

  /** Everything received, as text. */
  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  #note(callback: string): void {
    if (this.ends.length > 0) this.late.push(callback);
  }
}
