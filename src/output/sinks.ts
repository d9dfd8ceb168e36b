import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Sink } from './sink.ts';

const writeInPool = promisify(write);

/** Writes to a regular file or a device. Disks may be slow, so the thread pool of Node waits for them. */
export class FileSink implements Sink {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async write(bytes: Buffer): Promise<number> {
    const { bytesWritten } = await writeInPool(this.#descriptor, bytes);
    return bytesWritten;
  }

  writeLast(bytes: Buffer): void {
    tryWrite(this.#descriptor, bytes);
  }
}

/**
 * Writes to a pipe, a socket or a terminal whose descriptor does not block: when it has no room, a write fails with
 * EAGAIN at once. So nothing that waits for a reader keeps the process from ending: no thread, and no request of Node.
 */
export class NonBlockingSink implements Sink {
  readonly #descriptor: number;
  readonly owner: object | undefined;

  /** @param owner What would close the descriptor if it were collected as garbage. */
  constructor(descriptor: number, owner?: object) {
    this.#descriptor = descriptor;
    this.owner = owner;
  }

  write(bytes: Buffer): number {
    return writeSync(this.#descriptor, bytes);
  }

  writeLast(bytes: Buffer): void {
    tryWrite(this.#descriptor, bytes);
  }
}

/** Writes as much as goes. */
function tryWrite(descriptor: number, bytes: Buffer): void {
  try {
    for (let left = bytes; left.length > 0; ) left = left.subarray(writeSync(descriptor, left));
  } catch {
    // Nobody reads, or there is no room, and nothing can wait any longer.
  }
}
