import type { Transport, TransportListener } from '../transports/transport.ts';

/** Record of everything that a transport in memory was given to write. */
export interface Recorded {
  readonly frames: readonly Buffer[];
  /** Number of records that were accepted for writing. */
  readonly written: number;
}

// biome-ignore lint/suspicious/noExplicitAny: TypeScript wants it of a class that extends one it does not know.
type TransportClass = new (...parts: any[]) => Transport;

/** A subclass of the real transport that also records what it was given to write. */
export function recorded<T extends TransportClass>(Base: T) {
  return class extends Base implements Recorded {
    /** Everything that was accepted for writing, in order. */
    readonly frames: Buffer[] = [];
    written = 0;
    /** Reads the records of a frame, to count them. To be set before the first write. */
    recordsOf: (frame: Buffer) => readonly unknown[] = () => [];
    #isOpen = true;

    override listen(listener: TransportListener): void {
      super.listen({
        received: (...chunk) => listener.received(...chunk),
        ponged: () => listener.ponged(),
        drained: () => listener.drained(),
        holding: (bytes) => listener.holding(bytes),
        endRequested: () => listener.endRequested(),
        closed: (end) => {
          this.#isOpen = false;
          listener.closed(end);
        },
      });
    }
    override write(frame: Buffer): void {
      if (this.#isOpen) {
        this.frames.push(frame);
        this.written += this.recordsOf(frame).length;
      }
      super.write(frame);
    }
    override close(code: number): void {
      this.#isOpen = false;
      super.close(code);
    }
    override terminate(): void {
      this.#isOpen = false;
      super.terminate();
    }
  };
}
