import type { ServerResponse } from 'node:http';
import { lastIfDraining } from '../http/last-answers.ts';
import { answerRequest, UNCACHED } from '../http/plain-response.ts';
import type { Poll } from './long-poll-port.ts';
import { unsentBytes } from './unsent-bytes.ts';

/** A poll that came over HTTP. */
export class HttpPoll implements Poll {
  readonly #response: ServerResponse;
  #isRefused = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get isRefused(): boolean {
    return this.#isRefused;
  }
  get buffered(): number {
    return this.#response.writableLength;
  }
  get progress(): number {
    return -unsentBytes(this.#response);
  }

  whenOver(over: () => void): void {
    // Node emits it after the answer has been handed to the kernel, and when the socket is gone.
    this.#response.on('close', over);
  }

  answerWithMessages(frames: readonly Buffer[], bytes: number): void {
    const headers = { ...UNCACHED, 'Content-Type': 'application/octet-stream', 'Content-Length': bytes };
    lastIfDraining(this.#response);
    this.#response.writeHead(200, headers);
    // Nearly always there is one frame, which other polls are answered with as well: then nothing is copied.
    this.#response.end(frames.length === 1 ? frames[0] : Buffer.concat(frames, bytes));
  }
  answerEmpty(): void {
    answerRequest(this.#response, { status: 200, type: 'text/plain', uncached: true });
  }
  answerNoContent(): void {
    answerRequest(this.#response, { status: 204, type: 'text/plain', uncached: true });
  }
  refuse(): void {
    this.#isRefused = true;
    answerRequest(this.#response, { status: 409, type: 'text/plain', uncached: true });
  }
  terminate(): void {
    if (this.#response.headersSent) this.#response.destroy();
    else this.answerNoContent();
  }
}
