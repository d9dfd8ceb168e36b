import type { Duplex } from 'node:stream';
import type { Alarms } from '../clock.ts';

/** The time of a request is over. */
export const LATE = Symbol('late');
/** The socket of a request has been closed. */
export const GONE = Symbol('gone');

/** The server closes. */
export const CLOSING = Symbol('closing');

export type Unanswered = typeof LATE | typeof GONE | typeof CLOSING;

/**
 * Requests of one hub that wait for the answer of `authenticate`. It is the author's, and may take for ever: each has a
 * time limit, and none waits longer than its client, or the server.
 */
export class WaitingRequests {
  readonly #alarms: Alarms;
  readonly #limitMs: number;
  /** Functions that end the waiting of one request each. */
  readonly #waiting = new Set<(why: Unanswered) => void>();

  /** @param limitMs Milliseconds (`admissionTimeoutMs`). */
  constructor(alarms: Alarms, limitMs: number) {
    this.#alarms = alarms;
    this.#limitMs = limitMs;
  }

  /** Number of requests that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves with the answer, or with the reason for which there is none. Rejects as the answer does.
   *
   * @param isUpgrade Whether Node no longer reads the socket.
   */
  wait<T>(answer: Promise<T>, socket: Duplex, isUpgrade: boolean): Promise<T | Unanswered> {
    return new Promise((resolve, reject) => {
      const limit = this.#alarms.alarm(() => end(LATE));
      const gone = (): void => end(GONE);
      const finish = (): void => {
        limit.clear();
        socket.off('close', gone);
        stopReading?.();
        this.#waiting.delete(end);
      };
      const end = (why: Unanswered): void => {
        finish();
        resolve(why);
      };
      const stopReading = isUpgrade ? closeAtEnd(socket) : undefined;
      this.#waiting.add(end);
      limit.set(this.#limitMs);
      socket.once('close', gone);
      if (socket.destroyed) gone();
      answer.then(resolve, reject).finally(finish);
    });
  }

  /** Ends the waiting of all requests, since the server closes. */
  dispose(): void {
    for (const end of this.#waiting) end(CLOSING);
  }
}

/**
 * Destroys a socket at the end of its client's data. It is read for this, but data stays in its buffer.
 *
 * @returns a function that stops that.
 */
function closeAtEnd(socket: Duplex): () => void {
  const readable = (): void => {
    // An end behind nothing is reported only to those who read.
    if (socket.readableLength === 0) socket.read();
  };
  const ended = (): void => void socket.destroy();
  socket.on('readable', readable).once('end', ended);
  return () => socket.off('readable', readable).off('end', ended);
}
