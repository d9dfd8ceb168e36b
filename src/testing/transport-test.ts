import { systemClock } from '../clock.ts';
import { JSON_PROTOCOL } from './client-protocol.ts';
import type { TestFramework } from './test-framework.ts';
import type { FarEnd, OpenedTransport, TransportKind } from './transport-kind.ts';
import { TransportTrace } from './transport-trace.ts';

/** Longest wait for a condition, in milliseconds of the real clock. Nothing waits for it to pass. */
const PATIENCE_MS = 20_000;
/** Bytes of a long record. A frame has one of them. */
const LONG_RECORD_BYTES = 65_536;
/** Number of buffered bytes from which on a transport of the contract reports `drained`. */
export const HIGH_WATER_BYTES = 32_768;

/** One transport in a test: both ends, and what the server's end has reported. */
export class TransportRun {
  readonly trace = new TransportTrace();
  readonly client: FarEnd;
  readonly transport: OpenedTransport['transport'];
  /** Text of everything that was given to `write`. */
  written = '';
  readonly #opened: OpenedTransport;
  readonly #kernelBytes: number;

  constructor(opened: OpenedTransport, kernelBytes: number) {
    this.#opened = opened;
    this.#kernelBytes = kernelBytes;
    this.client = opened.client;
    this.transport = opened.transport;
    this.transport.listen(this.trace);
  }

  /** Writes records in one frame. */
  write(...records: readonly string[]): void {
    const bytes = records.map((record) => Buffer.from(record));
    const length = bytes.reduce((sum, { length }) => sum + length, 0);
    this.transport.write(this.transport.framing(JSON_PROTOCOL).frame(bytes, length));
    this.written += records.join('');
  }

  /** Stops the client, and writes more than all kernels take: at least the high-water mark stays in the transport. */
  async writeTooMuch(): Promise<void> {
    this.client.stall();
    await this.turn();
    const bytes = this.#kernelBytes + 2 * HIGH_WATER_BYTES;
    for (let number = 0; number * LONG_RECORD_BYTES < bytes; number++) this.write(record(number, LONG_RECORD_BYTES));
  }

  turn(): Promise<void> {
    return this.#opened.turn();
  }

  pass(ms: number): void {
    this.#opened.pass(ms);
  }

  /** Resolves when `isSo`. It is asked once a turn of the event loop. @throws {Error} when it never is. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const begun = systemClock.now();
    while (!isSo()) {
      if (systemClock.now() - begun > PATIENCE_MS) throw new Error(`It did not happen that ${what}.`);
      await this.turn();
    }
  }

  /** Resolves when `closed` was called, and a few turns later, in which it must not be called again. */
  async untilClosed(): Promise<void> {
    await this.until('the transport reported its end', () => this.trace.ends.length > 0);
    for (let turns = 0; turns < 10; turns++) await this.turn();
  }

  /** The same for a client that has gone without a word: a poller is missed only after its time. */
  async untilMissed(): Promise<void> {
    await this.until('the transport missed its client', () => {
      if (this.trace.ends.length === 0) this.pass(1_000);
      return this.trace.ends.length > 0;
    });
    await this.untilClosed();
  }
}

/** One record of JSON: a text that begins with a number. */
export function record(number: number, bytes = 0): string {
  return `${JSON.stringify(`${number}`.padEnd(bytes, '.'))}\x1e`;
}

/** Declares a test of a transport. `another` opens one more. Everything is disposed of at its end. */
export type TransportTest = (
  name: string,
  run: (run: TransportRun, another: () => Promise<TransportRun>) => Promise<void>,
) => void;

export function transportTest({ test }: TestFramework, kind: TransportKind): TransportTest {
  return (name, run) => {
    test(name, async () => {
      const opened: OpenedTransport[] = [];
      const open = async (): Promise<TransportRun> => {
        const one = await kind.open(HIGH_WATER_BYTES);
        opened.push(one);
        return new TransportRun(one, kind.kernelBytes);
      };
      try {
        await run(await open(), open);
      } finally {
        await Promise.all(opened.map((one) => one.dispose()));
      }
    });
  };
}
