import { close, open } from 'node:fs';
import { devNull } from 'node:os';
import type { Clock } from '../clock.ts';
import type { LimitedLog } from '../log-limit.ts';

/** Time between the newest connection and the look, and between two looks, in milliseconds. */
const LOOK_MS = 1_000;
/** No descriptors are left for this process, or on this machine (open(2)). */
const EXHAUSTED: readonly (string | undefined)[] = ['EMFILE', 'ENFILE'];

/** Tries to open a descriptor. Calls back with the code of Node's error; undefined: there are some left. */
export type TryDescriptor = (done: (code: string | undefined) => void) => void;

/**
 * Logs that no descriptors are left, and when there are some again. Node does not tell: libuv accepts connections for
 * which there is none, and closes them, without any event. So a second after a connection has come it is tried whether
 * one more descriptor can be opened, and again while that fails. A server without new connections does nothing.
 */
export class DescriptorWatch {
  readonly #clock: Clock;
  readonly #log: LimitedLog;
  readonly #tryOne: TryDescriptor;
  /** The timer of the next look; undefined: none is due. */
  #timer: unknown;
  #isTrying = false;
  /** Whether a connection has come during a look, which may have been too early to see that it took the last one. */
  #hasMore = false;
  #isOver = false;
  /** Moment at which they ran out; undefined: there are some. */
  #since: number | undefined;

  constructor(clock: Clock, log: LimitedLog, tryOne: TryDescriptor = tryDescriptor) {
    this.#clock = clock;
    this.#log = log;
    this.#tryOne = tryOne;
  }

  /** A connection has come, which may have taken the last one. */
  connected(): void {
    if (this.#isTrying) this.#hasMore = true;
    else if (this.#timer === undefined && !this.#isOver) this.#lookLater();
  }

  dispose(): void {
    this.#isOver = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookLater(): void {
    this.#timer = this.#clock.setTimeout(() => this.#try(), LOOK_MS);
  }

  #try(): void {
    this.#timer = undefined;
    this.#isTrying = true;
    this.#tryOne((code) => {
      this.#isTrying = false;
      if (this.#isOver) return;
      this.#found(code);
      if (this.#hasMore && this.#timer === undefined) this.#lookLater();
      this.#hasMore = false;
    });
  }

  #found(code: string | undefined): void {
    const now = this.#clock.now();
    if (EXHAUSTED.includes(code)) {
      if (this.#since === undefined) {
        this.#since = now;
        this.#log.error(
          { code },
          'no file descriptors are left: new connections are closed at once; raise the limit (ulimit -n, LimitNOFILE)',
        );
      }
      this.#lookLater();
    } else if (this.#since !== undefined) {
      const durationMs = Math.round(now - this.#since);
      this.#since = undefined;
      this.#log.warn({ durationMs }, 'there are file descriptors again: new connections are accepted');
    }
  }
}

function tryDescriptor(done: (code: string | undefined) => void): void {
  open(devNull, 'r', (error, descriptor) => {
    if (error === null) close(descriptor, () => done(undefined));
    else done(error.code);
  });
}
