import type { IncomingMessage, ServerResponse } from 'node:http';
import { loggable } from '../errors.ts';
import { allowCrossOrigin, isPreflight, preflightResponse } from '../http/cors.ts';
import { type AllowedOrigins, isOriginAllowed } from '../http/origins.ts';
import type { PlainResponse } from '../http/plain-response.ts';
import { requestInfo } from '../http/request-info.ts';
import type { HttpRequestInfo } from '../http/request-texts.ts';
import { type Authorize, authorized } from '../hub/authorize.ts';
import type { User } from '../hub/connection-info.ts';
import type { LimitedLog } from '../log-limit.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { logAuthenticationFailure } from './authentication-failure.ts';
import { Caller } from './caller.ts';

/** Says who sends a request; null: nobody in particular. Throwing refuses with 401. */
export type Authenticate = (request: HttpRequestInfo) => User | null | Promise<User | null>;

export interface AdmissionParts {
  readonly authorize: Authorize;
  /** undefined: everybody is nobody in particular. */
  readonly authenticate: Authenticate | undefined;
  readonly origins: AllowedOrigins;
  /** The log of the hub. */
  readonly log: LimitedLog;
}

const UNAUTHENTICATED: PlainResponse = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } };
const NOBODY: PlainResponse = { ...UNAUTHENTICATED, kind: 'unauthenticated' };
const FORBIDDEN: PlainResponse = { status: 403, kind: 'forbidden' };
const FOREIGN_ORIGIN: PlainResponse = {
  status: 403,
  type: 'text/plain',
  body: errorTexts.foreignOrigin,
  kind: 'foreign-origin',
};

/** Who may ask anything of a hub: the same for each of its requests, before anything else is looked at. */
export class Admission {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** @param response What the answer is going to be written to, so that its page may read it; an upgrade has none. */
  async admit(request: IncomingMessage, response?: ServerResponse): Promise<Caller | PlainResponse> {
    if (!this.#isFromAllowedPage(request)) return FOREIGN_ORIGIN;
    if (response !== undefined) {
      allowCrossOrigin(request, response);
      if (isPreflight(request)) return preflightResponse(request);
    }
    const { authenticate } = this.#parts;
    const caller = authenticate === undefined ? new Caller(request, null) : await this.#known(authenticate, request);
    return caller === undefined ? UNAUTHENTICATED : (this.#objectionTo(caller.user) ?? caller);
  }

  #isFromAllowedPage(request: IncomingMessage): boolean {
    const { origins, log } = this.#parts;
    try {
      return isOriginAllowed(request, origins);
    } catch (error) {
      log.error({ error: loggable(error) }, 'origins threw');
      return false;
    }
  }

  /** @returns undefined when nobody knows who it is. */
  async #known(authenticate: Authenticate, request: IncomingMessage): Promise<Caller | undefined> {
    const info = requestInfo(request);
    try {
      return new Caller(request, checkedUser(await authenticate(info)), info);
    } catch (error) {
      logAuthenticationFailure(this.#parts.log, request, info, error);
      return undefined;
    }
  }

  #objectionTo(user: User | null): PlainResponse | undefined {
    const { authorize, log } = this.#parts;
    try {
      const verdict = authorized(authorize, user);
      if (verdict === 'allowed') return undefined;
      return verdict === 'unauthenticated' ? NOBODY : FORBIDDEN;
    } catch (error) {
      log.error({ error: loggable(error) }, 'authorize threw');
      return FORBIDDEN;
    }
  }
}

/** @throws {TypeError} when `authenticate`, which may be plain JavaScript, returns something else than it should. */
function checkedUser(user: User | null | undefined): User | null {
  if (user === null || user === undefined) return null;
  const { id, roles, expiresAt } = user;
  if (typeof id !== 'string' || id === '' || !Array.isArray(roles)) {
    throw new TypeError('authenticate must return null, or { id, roles } with a text and an array.');
  }
  if (expiresAt === undefined || Number.isFinite(expiresAt)) return user;
  throw new TypeError('expiresAt must be a number of milliseconds since 1970, or left out.');
}
