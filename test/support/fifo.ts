import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A pipe for the output of another process, which the test reads when it wants, or never. */
export class Fifo {
  /** The end for the other process. */
  readonly writer: number;
  readonly #reader: number;
  #isClosed = false;

  constructor() {
    const path = join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    this.#reader = openSync(path, O_RDONLY | O_NONBLOCK);
    // It blocks, as a pipe between two programs does.
    this.writer = openSync(path, O_WRONLY);
    onTestFinished(() => {
      closeSync(this.writer);
      this.close();
    });
  }

  /** Writes to it until it is full. */
  fill(): void {
    const filler = openSync(`/proc/self/fd/${this.writer}`, O_WRONLY | O_NONBLOCK);
    try {
      for (;;) writeSync(filler, '.'.repeat(4_096));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    } finally {
      closeSync(filler);
    }
  }

  /** Returns the text that is in it. */
  read(): string {
    const chunk = Buffer.alloc(65_536);
    let text = '';
    try {
      for (let bytes = 1; bytes > 0; text += chunk.toString('utf8', 0, bytes)) bytes = readSync(this.#reader, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    return text;
  }

  /** Closes the end of the reader. */
  close(): void {
    if (!this.#isClosed) closeSync(this.#reader);
    this.#isClosed = true;
  }
}
