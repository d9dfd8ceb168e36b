import type { Duplex } from 'node:stream';
import type { Alarms } from '../clock.ts';

/** The time of a request is over. */
export const LATE = Symbol('late');
/** The socket of a request has been closed. */
export const GONE = Symbol('gone');
/** The server closes. */
export const CLOSING = Symbol('closing');

export type Unanswered = typeof LATE | typeof GONE | typeof CLOSING;

type End = (why: Unanswered) => void;

/** The requests of one socket that wait, by the functions that end it. There are several with HTTP pipelining. */
interface SocketInUse {
  readonly ends: Set<End>;
  readonly gone: () => void;
}

/**
 * Requests of one hub that wait for the answer of `authenticate`. It is the author's, and may take for ever: each has a
 * time limit, and none waits longer than its client, or the server.
 */
export class WaitingRequests {
  readonly #alarms: Alarms;
  readonly #limitMs: number;
  /** One listener for each socket: Node warns of more than ten, and a client decides how many requests it sends. */
  readonly #sockets = new Map<Duplex, SocketInUse>();

  /** @param limitMs Milliseconds (`admissionTimeoutMs`). */
  constructor(alarms: Alarms, limitMs: number) {
    this.#alarms = alarms;
    this.#limitMs = limitMs;
  }

  /** Number of requests that wait. */
  get size(): number {
    let size = 0;
    for (const { ends } of this.#sockets.values()) size += ends.size;
    return size;
  }

  /**
   * Resolves with the answer, or with the reason for which there is none. Rejects as the answer does.
   *
   * @param isUpgrade Whether Node no longer reads the socket.
   */
  wait<T>(answer: Promise<T>, socket: Duplex, isUpgrade: boolean): Promise<T | Unanswered> {
    return new Promise((resolve, reject) => {
      const limit = this.#alarms.alarm(() => end(LATE));
      const finish = (): void => {
        limit.clear();
        stopReading?.();
        this.#remove(socket, end);
      };
      const end: End = (why) => {
        finish();
        resolve(why);
      };
      const stopReading = isUpgrade ? closeAtEnd(socket) : undefined;
      this.#add(socket, end);
      limit.set(this.#limitMs);
      if (socket.destroyed) end(GONE);
      answer.then(resolve, reject).finally(finish);
    });
  }

  /** Ends the waiting of all requests, since the server closes. */
  dispose(): void {
    for (const { ends } of this.#sockets.values()) for (const end of ends) end(CLOSING);
  }

  #add(socket: Duplex, end: End): void {
    const inUse = this.#sockets.get(socket);
    if (inUse !== undefined) {
      inUse.ends.add(end);
      return;
    }
    const ends = new Set([end]);
    const gone = (): void => {
      for (const each of ends) each(GONE);
    };
    socket.once('close', gone);
    this.#sockets.set(socket, { ends, gone });
  }

  #remove(socket: Duplex, end: End): void {
    const inUse = this.#sockets.get(socket);
    if (inUse?.ends.delete(end) !== true || inUse.ends.size > 0) return;
    socket.off('close', inUse.gone);
    this.#sockets.delete(socket);
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
