import type { Sink } from './sink.ts';

/** Most bytes that wait for a reader, or for room on a disk. */
const CAPACITY_BYTES = 1_048_576;
/** Most bytes that are given to the operating system at once. */
const AT_ONCE_BYTES = 65_536;
/** Milliseconds until a full pipe is tried again, and until anything else that failed is. */
const FULL_MS = 50;
const FAILED_MS = 1_000;

/** Runs a function after some milliseconds, unless the process ends before. */
export type Later = (run: () => void, ms: number) => void;

const unlessEnded: Later = (run, ms) => {
  setTimeout(run, ms).unref();
};

/**
 * The way of texts to standard output or standard error. A write never throws, and never waits: not for a reader, and
 * not for a disk. Texts wait here instead, at most 1 MiB of them. Further ones are dropped whole, and counted. What
 * could not be written is tried again later, since a disk may have room again.
 */
export class Output {
  readonly #sink: Sink;
  readonly #later: Later;
  readonly #capacityBytes: number;
  /** Texts that wait. A part of the first may have been written. */
  #waiting: Buffer[] = [];
  /** Number of bytes that wait, or are being written. */
  #bytes = 0;
  /** Whether the sink is writing, or the last write has failed. */
  #isBusy = false;
  #dropped = 0;
  #onRoom: ((dropped: number) => void) | undefined;

  /**
   * @param later Default: a timer that does not keep the process alive.
   * @param capacityBytes Most bytes that wait. Default: 1 MiB.
   */
  constructor(sink: Sink, later: Later = unlessEnded, capacityBytes = CAPACITY_BYTES) {
    this.#sink = sink;
    this.#later = later;
    this.#capacityBytes = capacityBytes;
  }

  /** Number of bytes that wait, or are being written. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /**
   * @param onRoom Called once when everything that waits has been written, with the number of dropped texts, if this
   *   text is the latest of them that has such a function.
   */
  write(text: string, onRoom?: (dropped: number) => void): void {
    const bytes = Buffer.from(text);
    if (this.#bytes + bytes.length > this.#capacityBytes) {
      this.#dropped += 1;
      this.#onRoom = onRoom ?? this.#onRoom;
    } else {
      this.#waiting.push(bytes);
      this.#bytes += bytes.length;
    }
    this.#writeAll();
  }

  /** Writes what can be written without waiting. For the end of the process. */
  writeLast(): void {
    this.#sink.writeLast(Buffer.concat(this.#waiting));
    this.#waiting = [];
  }

  #writeAll(): void {
    while (!this.#isBusy && this.#waiting.length > 0) {
      const bytes = this.#take();
      try {
        const written = this.#sink.write(bytes);
        if (typeof written === 'number') this.#written(bytes, written);
        else this.#await(bytes, written);
      } catch (error) {
        this.#failed(bytes, error);
      }
    }
    if (this.#bytes === 0 && this.#dropped > 0) this.#sayDropped();
  }

  #await(bytes: Buffer, written: Promise<number>): void {
    this.#isBusy = true;
    written.then(
      (count) => {
        this.#isBusy = false;
        this.#written(bytes, count);
        this.#writeAll();
      },
      (error: unknown) => this.#failed(bytes, error),
    );
  }

  #take(): Buffer {
    let length = 0;
    let count = 0;
    for (const { length: bytes } of this.#waiting) {
      if (count > 0 && length + bytes > AT_ONCE_BYTES) break;
      length += bytes;
      count += 1;
    }
    return Buffer.concat(this.#waiting.splice(0, count), length);
  }

  #written(bytes: Buffer, count: number): void {
    this.#bytes -= count;
    if (count < bytes.length) this.#waiting.unshift(bytes.subarray(count));
  }

  #failed(bytes: Buffer, error: unknown): void {
    this.#isBusy = true;
    this.#waiting.unshift(bytes);
    this.#later(
      () => {
        this.#isBusy = false;
        this.#writeAll();
      },
      (error as NodeJS.ErrnoException).code === 'EAGAIN' ? FULL_MS : FAILED_MS,
    );
  }

  #sayDropped(): void {
    const dropped = this.#dropped;
    const onRoom = this.#onRoom;
    this.#dropped = 0;
    this.#onRoom = undefined;
    onRoom?.(dropped);
  }
}
