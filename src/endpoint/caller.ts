import type { IncomingMessage } from 'node:http';
import { requestInfo } from '../http/request-info.ts';
import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { User } from '../hub/connection-info.ts';

/** Somebody who may ask, and their request. It is made plain data when somebody looks at it: most polls are only answered. */
export class Caller {
  readonly user: User | null;
  readonly #request: IncomingMessage;
  #info: HttpRequestInfo | undefined;

  /** @param info What `authenticate` saw of the request, if it was asked. */
  constructor(request: IncomingMessage, user: User | null, info?: HttpRequestInfo) {
    this.user = user;
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
