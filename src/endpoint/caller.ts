import type { IncomingMessage } from 'node:http';
import { requestInfo } from '../http/request-info.ts';
import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { User } from '../hub/connection-info.ts';

/** An admitted caller with the request. The request is made plain data on demand only: most polls do not need it. */
export class Caller {
  readonly user: User | null;
  /** Requests of a hub are numbered as they arrive: an earlier one may take longer to be authenticated. */
  readonly arrival: number;
  readonly #request: IncomingMessage;
  #info: HttpRequestInfo | undefined;

  /** @param info The request as `authenticate` saw it, if it was called. */
  constructor(request: IncomingMessage, user: User | null, arrival: number, info?: HttpRequestInfo) {
    this.user = user;
    this.arrival = arrival;
    this.#request = request;
    this.#info = info;
  }

  get info(): HttpRequestInfo {
    this.#info ??= requestInfo(this.#request);
    return this.#info;
  }

  get url(): string {
    return this.#request.url ?? '/';
  }
}
