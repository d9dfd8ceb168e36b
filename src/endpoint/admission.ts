import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Alarms } from '../clock.ts';
import { loggable } from '../errors.ts';
import { allowCrossOrigin, isPreflight, preflightResponse } from '../http/cors.ts';
import { type AllowedOrigins, isOriginAllowed } from '../http/origins.ts';
import type { PlainResponse } from '../http/plain-response.ts';
import { requestInfo } from '../http/request-info.ts';
import { type HttpRequestInfo, loosenTexts } from '../http/request-texts.ts';
import { type Authorize, authorized } from '../hub/authorize.ts';
import type { User } from '../hub/connection-info.ts';
import type { ResolvedHubOptions } from '../hub/hub-options.ts';
import type { LimitedLog } from '../log-limit.ts';
import { isPromiseLike, promiseOf } from '../promises.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { logAuthenticationFailure } from './authentication-failure.ts';
import { Caller } from './caller.ts';
import { SERVER_CLOSING } from './server-closing.ts';
import { CLOSING, GONE, LATE, WaitingRequests } from './waiting-requests.ts';

export interface AdmissionParts {
  readonly options: ResolvedHubOptions;
  readonly alarms: Alarms;
  readonly authorize: Authorize;
  /** undefined: every caller is anonymous. */
  readonly authenticate: Authenticator | undefined;
  /** Whether the credential of a user was revoked. */
  isRevoked(user: User): boolean;
  readonly origins: AllowedOrigins;
  /** The log of the hub. */
  readonly log: LimitedLog;
}

/** Without a kind: `authenticate` has thrown, and the log has a line about it. */
const AUTHENTICATION_FAILED: PlainResponse = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } };
const AUTHENTICATION_LATE: PlainResponse = { status: 503, headers: { 'Retry-After': '1' }, kind: 'authenticate-late' };
/** For nobody: the socket has been closed. */
const UNHEARD: PlainResponse = { status: 503 };
const UNAUTHENTICATED: PlainResponse = { ...AUTHENTICATION_FAILED, kind: 'unauthenticated' };
const REVOKED: PlainResponse = { ...AUTHENTICATION_FAILED, kind: 'revoked' };
const EXPIRED: PlainResponse = { ...AUTHENTICATION_FAILED, kind: 'expired' };
const FORBIDDEN: PlainResponse = { status: 403, kind: 'forbidden' };
const FOREIGN_ORIGIN: PlainResponse = {
  status: 403,
  type: 'text/plain',
  body: errorTexts.foreignOrigin,
  kind: 'foreign-origin',
};

/**
 * Checks every request to a hub before anything else is looked at: its origin, then `authenticate`, then `authorize`.
 */
export class Admission {
  /** Requests for which `authenticate` has not returned. */
  readonly waiting: WaitingRequests;
  readonly #parts: AdmissionParts;
  /** Number of requests that have arrived. */
  #arrivals = 0;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.waiting = new WaitingRequests(parts.alarms, parts.options.admissionTimeoutMs);
  }

  /** @param response Gets the CORS headers, so that the page may read the answer; an upgrade has none. */
  async admit(request: IncomingMessage, response?: ServerResponse): Promise<Caller | PlainResponse> {
    if (!this.#hasAllowedOrigin(request)) return FOREIGN_ORIGIN;
    if (response !== undefined) {
      allowCrossOrigin(request, response);
      if (isPreflight(request)) return preflightResponse(request);
    }
    const { authenticate } = this.#parts;
    this.#arrivals += 1;
    const admitted =
      authenticate === undefined
        ? new Caller(request, null, this.#arrivals)
        : this.#authenticated(authenticate, request, response === undefined, this.#arrivals);
    // Most answer at once: a poll waits for no promise that it does not need.
    const caller = admitted instanceof Promise ? await admitted : admitted;
    if ('status' in caller) return caller;
    if (caller.user !== null && this.#parts.isRevoked(caller.user)) return REVOKED;
    return this.#authorizationRefusal(caller.user) ?? caller;
  }

  #hasAllowedOrigin(request: IncomingMessage): boolean {
    const { origins, log } = this.#parts;
    try {
      return isOriginAllowed(request, origins);
    } catch (error) {
      log.error({ error: loggable(error) }, 'origins threw');
      return false;
    }
  }

  /** @returns a refusal when `authenticate` throws, returns something else than a user, or does not return in time. */
  #authenticated(
    authenticate: Authenticator,
    request: IncomingMessage,
    isUpgrade: boolean,
    arrival: number,
  ): Caller | PlainResponse | Promise<Caller | PlainResponse> {
    const info = requestInfo(request);
    try {
      const answer = authenticate(info, request);
      if (!isPromiseLike(answer)) return new Caller(request, checkedUser(answer), arrival, info);
      loosenTexts(info);
      return this.#awaited(promiseOf(answer), request, info, isUpgrade, arrival);
    } catch (error) {
      return this.#failed(request, info, error);
    }
  }

  async #awaited(
    answer: Promise<unknown>,
    request: IncomingMessage,
    info: HttpRequestInfo,
    isUpgrade: boolean,
    arrival: number,
  ): Promise<Caller | PlainResponse> {
    const { alarms } = this.#parts;
    const askedAt = alarms.wallNow();
    try {
      const user = await this.waiting.wait(answer, request.socket, isUpgrade);
      if (user === LATE) return AUTHENTICATION_LATE;
      if (user === CLOSING) return SERVER_CLOSING;
      if (user === GONE) return UNHEARD;
      const caller = new Caller(request, checkedUser(user), arrival, info);
      const { expiresAt } = caller.user ?? {};
      // One that was over before has been let in on purpose: the clock of who issued it may differ.
      const isOver = expiresAt !== undefined && askedAt < expiresAt && expiresAt <= alarms.wallNow();
      return isOver ? EXPIRED : caller;
    } catch (error) {
      return this.#failed(request, info, error);
    }
  }

  #failed(request: IncomingMessage, info: HttpRequestInfo, error: unknown): PlainResponse {
    logAuthenticationFailure(this.#parts.log, request, info, error);
    return AUTHENTICATION_FAILED;
  }

  #authorizationRefusal(user: User | null): PlainResponse | undefined {
    const { authorize, log } = this.#parts;
    try {
      const verdict = authorized(authorize, user);
      if (verdict === 'allowed') return undefined;
      return verdict === 'unauthenticated' ? UNAUTHENTICATED : FORBIDDEN;
    } catch (error) {
      log.error({ error: loggable(error) }, 'authorize threw');
      return FORBIDDEN;
    }
  }
}

/** @throws {TypeError} when `authenticate`, which may be plain JavaScript, returns something else than it should. */
function checkedUser(answer: unknown): User | null {
  if (answer === null || answer === undefined) return null;
  const user = answer as User;
  const { id, roles, expiresAt, issuedAt, credentialId } = user;
  if (typeof id !== 'string' || id === '' || !Array.isArray(roles)) {
    throw new TypeError('authenticate must return null, or { id, roles } with a text and an array.');
  }
  checkMoment('expiresAt', expiresAt);
  checkMoment('issuedAt', issuedAt);
  if (credentialId === undefined || (typeof credentialId === 'string' && credentialId !== '')) return user;
  throw new TypeError('credentialId must be a text, or left out.');
}

function checkMoment(name: string, moment: unknown): void {
  if (moment !== undefined && !Number.isFinite(moment))
    throw new TypeError(`${name} must be a number of milliseconds since 1970, or left out.`);
}
