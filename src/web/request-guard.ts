import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Alarms } from '../clock.ts';
import { type AllowedHosts, isLoopbackAddress } from '../http/hosts.ts';
import { answerRequest, answerUpgrade, type PlainResponse } from '../http/plain-response.ts';
import { pathOf } from '../http/request-info.ts';
import { logRefusal } from '../http/request-log.ts';
import { hasBody, limitUnreadBody } from '../http/unread-body.ts';
import type { LimitedLog } from '../log-limit.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { isHealthPath } from './health.ts';
import { badRequest, type RequestHost, requestHost } from './malformed-request.ts';

export interface RequestGuardParts {
  /** The HTTP server whose requests are checked. */
  readonly http: Server;
  /** Whether the HTTP server is our own. Otherwise it is the user's, and only requests for hubs are checked. */
  readonly isOwn: boolean;
  readonly hosts: AllowedHosts;
  readonly alarms: Alarms;
  readonly log: LimitedLog;
}

const MISDIRECTED: PlainResponse = {
  status: 421,
  type: 'text/plain',
  body: errorTexts.foreignHost,
  kind: 'foreign-host',
};

/**
 * Checks each request before any route, page or inspector gets it: it must be well formed, and for this server. It does
 * not check the caller or the path. There is one for each HTTP server.
 */
export class RequestGuard {
  readonly #parts: RequestGuardParts;
  #isOnLoopback: boolean | undefined;

  constructor(parts: RequestGuardParts) {
    this.#parts = parts;
  }

  get isOwn(): boolean {
    return this.#parts.isOwn;
  }

  /** Answers a request that may not pass. @returns whether it has answered. */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    limitUnreadBody(request, response, this.#parts.alarms, this.#parts.log);
    const refusal = this.#refusal(request);
    if (refusal === undefined) return false;
    logRefusal(this.#parts.log, request, refusal);
    answerRequest(response, refusal);
    return true;
  }

  /** The same for an upgrade that a route takes. It must not have a body either, since Node leaves that unread. */
  refusesUpgrade(request: IncomingMessage, socket: Duplex): boolean {
    const refusal = this.#refusal(request) ?? (hasBody(request) ? badRequest(errorTexts.bodyOfUpgrade) : undefined);
    if (refusal === undefined) return false;
    logRefusal(this.#parts.log, request, refusal);
    answerUpgrade(socket, refusal);
    return true;
  }

  #refusal(request: IncomingMessage): PlainResponse | undefined {
    const host = requestHost(request);
    if (host !== undefined && 'fault' in host) return badRequest(host.fault);
    if (!this.#checksHost || this.#isHealth(request) || this.#isOwnHost(host)) return undefined;
    return MISDIRECTED;
  }

  /**
   * A server on loopback is for this machine, whose names are known. Elsewhere only the option `hosts` names the
   * server.
   */
  get #checksHost(): boolean {
    const { hosts, isOwn } = this.#parts;
    return hosts.areConfigured || (isOwn && this.#isLoopback);
  }

  /** Decided by the bound address, not by the configured name, which may resolve to any address. */
  get #isLoopback(): boolean {
    if (this.#isOnLoopback === undefined) {
      const address = this.#parts.http.address();
      this.#isOnLoopback = typeof address === 'object' && address !== null && isLoopbackAddress(address.address);
    }
    return this.#isOnLoopback;
  }

  /** A request without a host does not come from a browser. */
  #isOwnHost(host: RequestHost): boolean {
    return host === undefined || this.#parts.hosts.include(host);
  }

  #isHealth({ url }: IncomingMessage): boolean {
    return this.#parts.isOwn && isHealthPath(pathOf(url ?? '/'));
  }
}
