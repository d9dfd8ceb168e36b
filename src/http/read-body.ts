import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alarms } from '../clock.ts';
import { BODY_REFUSALS, type BodyLimits, BodyReader, bodyLength } from './body-reader.ts';
import type { PlainResponse } from './plain-response.ts';

/** A body that was not read to its end. */
export class BodyError extends Error {
  override name = 'BodyError';
  /** The answer to the request: 413 or 408; undefined: the client has hung up, and gets none. */
  readonly answer: PlainResponse | undefined;

  constructor(text: string, answer?: PlainResponse) {
    super(text);
    this.answer = answer;
  }
}

/**
 * Reads the whole body of a request. It keeps at most twice as many bytes as have arrived, in whatever pieces they came.
 * A body that declares to be too long is not read at all, and a client that waits for 100 Continue does not get it then.
 *
 * @returns a promise of the bytes. It rejects with a `BodyError` when a limit is exceeded, and when the client hangs up
 *   or has hung up.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
  alarms: Alarms,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Neither would have an end.
    if (request.destroyed || request.readableEnded) {
      reject(new BodyError('The body is gone: the client has hung up, or it was read before.'));
    } else if ((bodyLength(request) ?? 0) > limits.maximumBytes) {
      reject(new BodyError('The body declares to be too long.', BODY_REFUSALS['too-long']));
    } else {
      const bytes = new GrowingBuffer();
      const reader = new BodyReader(request, response, limits, alarms, {
        received: (chunk) => bytes.add(chunk),
        ended: () => resolve(bytes.all()),
        exceeded: (fault) => reject(new BodyError(`The body is ${fault.replace('-', ' ')}.`, BODY_REFUSALS[fault])),
      });
      // Comes after `end`, too, when the promise is settled already.
      request.once('close', () => {
        reader.stop();
        reject(new BodyError('The client has hung up.'));
      });
    }
  });
}

/** Bytes in one piece. A list of chunks would take a hundred times as much for a body that comes byte by byte. */
class GrowingBuffer {
  #room = Buffer.alloc(0);
  #length = 0;

  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#room.length) {
      const room = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#length));
      this.#room.copy(room, 0, 0, this.#length);
      this.#room = room;
    }
    chunk.copy(this.#room, this.#length);
    this.#length = length;
  }

  all(): Buffer {
    return this.#room.subarray(0, this.#length);
  }
}
