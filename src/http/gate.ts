import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Alarms } from '../clock.ts';
import type { Log } from '../log.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { type HostNames, isLoopbackAddress } from '../transports/hosts.ts';
import { answerRequest, answerUpgrade, type Refusal } from '../transports/refusal.ts';
import { pathOf } from '../transports/request-info.ts';
import { hasBody } from '../transports/upgrade-response.ts';
import { isHealthPath } from './health.ts';
import { malformed, type NamedHost, namedHost } from './malformed.ts';
import { boundUnreadBody } from './unread-body.ts';

export interface GateParts {
  /** The server whose requests these are. */
  readonly http: Server;
  /** Whether all of its requests are ours; otherwise those for hubs are, and it is somebody else's. */
  readonly isOwn: boolean;
  readonly hosts: HostNames;
  readonly alarms: Alarms;
  readonly log: Log;
}

const MISDIRECTED: Refusal = { status: 421, type: 'text/plain', body: errorTexts.foreignHost };
/** The longest name of a host (RFC 1035, section 2.3.4): of a longer one so much is logged. */
const LONGEST_LOGGED = 255;

/**
 * Stands before every route, the page and the inspector: is a request well formed, and is it for this server? Who sends it,
 * and what may be asked, is not its business. One for each HTTP server.
 */
export class Gate {
  readonly #parts: GateParts;
  #isOnLoopback: boolean | undefined;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  get isOwn(): boolean {
    return this.#parts.isOwn;
  }

  /** Answers a request that may not pass. @returns whether it did. */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    boundUnreadBody(request, response, this.#parts.alarms);
    const refusal = this.#refusal(request);
    if (refusal !== undefined) answerRequest(response, refusal);
    return refusal !== undefined;
  }

  /** The same for an upgrade. It may not have a body either: Node leaves that unread. */
  refusesUpgrade(request: IncomingMessage, socket: Duplex): boolean {
    const refusal = this.#refusal(request) ?? (hasBody(request) ? malformed(errorTexts.bodyOfUpgrade) : undefined);
    if (refusal !== undefined) answerUpgrade(socket, refusal);
    return refusal !== undefined;
  }

  #refusal(request: IncomingMessage): Refusal | undefined {
    const host = namedHost(request);
    if (host !== undefined && 'fault' in host) return malformed(host.fault);
    if (!this.#isChecked || this.#isHealth(request) || this.#isWelcome(host)) return undefined;
    return MISDIRECTED;
  }

  /** A server on loopback is for this machine and goes by its names. Elsewhere only `hosts` knows what a server is called. */
  get #isChecked(): boolean {
    const { hosts, isOwn } = this.#parts;
    return hosts.areGiven || (isOwn && this.#isLoopback);
  }

  /** Decided by the bound address, not by the name that was given: a name may lead anywhere. */
  get #isLoopback(): boolean {
    if (this.#isOnLoopback === undefined) {
      const address = this.#parts.http.address();
      this.#isOnLoopback = typeof address === 'object' && address !== null && isLoopbackAddress(address.address);
    }
    return this.#isOnLoopback;
  }

  /** A request without a host comes from no browser. */
  #isWelcome(host: NamedHost): boolean {
    if (host === undefined || this.#parts.hosts.include(host)) return true;
    this.#tell(host.name);
    return false;
  }

  #isHealth({ url }: IncomingMessage): boolean {
    return this.#parts.isOwn && isHealthPath(pathOf(url ?? '/'));
  }

  /** `readHost` lets no control character pass. */
  #tell(name: string): void {
    const host = name.slice(0, LONGEST_LOGGED);
    this.#parts.log.warn(
      { host },
      'a request was refused with 421: its Host is none of this server; if it is, name it in hosts',
    );
  }
}
