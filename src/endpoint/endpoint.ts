import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerRequest, answerUpgrade, type PlainResponse } from '../http/plain-response.ts';
import { queryValuesOf } from '../http/request-info.ts';
import { logRefusal } from '../http/request-log.ts';
import type { User } from '../hub/connection-info.ts';
import type { ConnectionId } from '../ids.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import {
  asksForReconnect,
  negotiateAnswer,
  negotiateRefusal,
  negotiateVersion,
  type OfferedTransport,
} from '../protocol/negotiate.ts';
import type { HttpTransport } from '../transports/http-transport.ts';
import { wantsEvents } from '../transports/server-sent-events.ts';
import { isWebSocketOverOldHttp, isWebSocketRequest } from '../transports/websocket-acceptor.ts';
import { Admission, type AdmissionParts } from './admission.ts';
import type { Caller } from './caller.ts';
import { findConnection, findForWebSocket, findToRefresh, transportRefusal } from './connection-lookup.ts';
import { lifetimeSeconds, limitedUser } from './credential-lifetime.ts';
import type { Negotiation } from './negotiation.ts';
import { Negotiations } from './negotiations.ts';
import { PlainEndpoint } from './plain-endpoint.ts';
import { refreshAnswer, refreshRefusal } from './refresh-answers.ts';
import { SERVER_CLOSING } from './server-closing.ts';
import { TransportOpener, type TransportOpenerParts } from './transport-opener.ts';

/** Parts that an endpoint needs of the hub behind it. */
export interface EndpointParts extends AdmissionParts, TransportOpenerParts {
  readonly offered: readonly OfferedTransport[];
  /** Makes the id of another connection. */
  newConnectionId(): ConnectionId;
  /** Whether new connections are accepted. */
  isAccepting(): boolean;
}

const NO_SUCH_METHOD: PlainResponse = { status: 405, type: 'text/plain', kind: 'wrong-http-method' };
const POST_TO_WEBSOCKET: PlainResponse = {
  ...NO_SUCH_METHOD,
  body: errorTexts.postToWebSocket,
  kind: 'post-to-websocket',
};
const TOO_OLD: PlainResponse = {
  status: 400,
  type: 'text/plain',
  body: errorTexts.upgradeNeedsNewerHttp,
  kind: 'old-http',
};
const CONFLICT: PlainResponse = { status: 409, type: 'text/plain', kind: 'request-behind-another' };
const CANNOT_DELETE: PlainResponse = {
  status: 400,
  type: 'text/plain',
  body: errorTexts.cannotDelete,
  kind: 'delete-refused',
};

/** The HTTP side of one hub: `PATH/negotiate` and the transports at `PATH` (TransportProtocols.md of ASP.NET Core). */
export class Endpoint {
  readonly negotiations: Negotiations;
  readonly #parts: EndpointParts;
  readonly admission: Admission;
  /** undefined: the hub lets no plain clients in. */
  readonly plain: PlainEndpoint | undefined;
  readonly #opener: TransportOpener;

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    this.admission = new Admission(parts);
    this.negotiations = new Negotiations(parts.alarms, parts.log, undefined, () => parts.newConnectionId());
    const opener = new TransportOpener(parts, this.negotiations);
    this.#opener = opener;
    if (parts.plain === undefined) return;
    const { admission } = this;
    this.plain = new PlainEndpoint({
      admission,
      log: parts.log,
      isAccepting: () => parts.isAccepting(),
      open: (...opened) => opener.upgradePlain(...opened),
    });
  }

  /** Lets go of everything that waits, when the server closes. */
  dispose(): void {
    this.admission.waiting.dispose();
    this.negotiations.dispose();
  }

  /** The users of all connections as their latest credentials say, however long these are good on this hub. */
  *users(): IterableIterator<User> {
    for (const { shown } of this.negotiations.all()) if (shown !== null) yield shown;
  }

  /** Ends the connections whose latest credential is no longer good. @returns their number. */
  endCredentials(isEnded: (user: User) => boolean): number {
    const ended = [...this.negotiations.all()].filter(({ user }) => user !== null && isEnded(user));
    for (const { connection } of ended) connection?.credentialEnded('unauthorized');
    return ended.length;
  }

  /** Answers POST PATH/negotiate with an id and the transports that the hub offers. */
  async negotiate(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = await this.admission.admit(request, response);
    this.#answer(request, response, 'status' in caller ? caller : this.#negotiate(caller, request));
  }

  /** Answers POST PATH/refresh: the client shows a new credential for an open connection. */
  async refresh(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = await this.admission.admit(request, response);
    if ('status' in caller) this.#answer(request, response, caller);
    else if (request.method !== 'POST') this.#answer(request, response, NO_SUCH_METHOD);
    else this.#answer(request, response, await this.#refresh(caller));
  }

  /** Answers any request to PATH that opens no WebSocket. */
  async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = await this.admission.admit(request, response);
    // The client may have hung up while `authenticate` ran.
    if (response.destroyed) return;
    if ('status' in caller) this.#answer(request, response, caller);
    else if (request.method === 'GET') this.#get(caller, request, response);
    else if (request.method === 'POST') this.#post(caller, request, response);
    else this.#answer(request, response, request.method === 'DELETE' ? this.#delete(caller) : NO_SUCH_METHOD);
  }

  /**
   * Whether a request is for `upgrade`. As in ASP.NET Core SignalR, one that is no correct WebSocket handshake, or that
   * accepts events, is an ordinary request.
   */
  isUpgrade(request: IncomingMessage): boolean {
    return isWebSocketOverOldHttp(request) || (isWebSocketRequest(request) && !wantsEvents(request));
  }

  /** Answers GET PATH with `Upgrade: websocket`. Everything is checked before the upgrade is accepted. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Before anything is awaited: a client that leaves meanwhile must not become an uncaught error.
    socket.on('error', () => {});
    if (isWebSocketOverOldHttp(request)) return this.#answerUpgrade(request, socket, TOO_OLD);
    const caller = await this.admission.admit(request);
    if (socket.destroyed) return;
    if ('status' in caller) return this.#answerUpgrade(request, socket, caller);
    const found = findForWebSocket(this.negotiations, caller, this.#parts.offered, this.#parts.isAccepting());
    if ('status' in found) return this.#answerUpgrade(request, socket, found);
    this.#opener.upgrade(found, caller, request, socket, head);
  }

  #negotiate({ info, user }: Caller, { method }: IncomingMessage): PlainResponse {
    if (method !== 'POST') return NO_SUCH_METHOD;
    const { options } = this.#parts;
    const asked = negotiateVersion(queryValuesOf(info.url, 'negotiateversion'), options.minimumNegotiateVersion);
    if ('error' in asked) return { ...json(negotiateRefusal(asked.error)), kind: 'negotiate-version' };
    if (!this.#parts.isAccepting()) return SERVER_CLOSING;
    const wantsReconnect = asksForReconnect(queryValuesOf(info.url, 'usestatefulreconnect'));
    const isStateful = wantsReconnect && options.allowStatefulReconnects;
    const { connectionId, token } = this.negotiations.add(asked.version, user?.id, isStateful, info.remoteAddress);
    const lifetime = options.enableAuthenticationRefresh && user !== null ? this.#lifetimeOf(user) : undefined;
    return json(negotiateAnswer(asked.version, connectionId, token, this.#parts.offered, isStateful, lifetime));
  }

  /** Seconds for which the credential of a newcomer is good. */
  #lifetimeOf(user: User): number | undefined {
    const { alarms, options } = this.#parts;
    const now = alarms.wallNow();
    return lifetimeSeconds(limitedUser(user, options.maximumAuthenticationExpirationMs, now), now);
  }

  async #refresh(caller: Caller): Promise<PlainResponse> {
    const { url, user } = caller;
    if (user === null) return refreshRefusal('invalid_token');
    const found = findToRefresh(this.negotiations, { url, user });
    if (typeof found === 'string') return refreshRefusal(found);
    const refreshed = this.#opener.show(found, caller);
    try {
      if (refreshed !== undefined) await found.connection?.refreshed(refreshed);
    } catch {
      // It has been logged.
      return refreshRefusal('internal_server_error');
    }
    return refreshAnswer(found.user === null ? undefined : lifetimeSeconds(found.user, this.#parts.alarms.wallNow()));
  }

  #get(caller: Caller, request: IncomingMessage, response: ServerResponse): void {
    const name = wantsEvents(request) ? 'ServerSentEvents' : 'LongPolling';
    const found = findConnection(this.negotiations, caller);
    const refusal = 'status' in found ? found : this.#connect(name, found, caller, response);
    if (refusal === undefined) return;
    this.#answer(request, response, name === 'LongPolling' ? { ...refusal, uncached: true } : refusal);
  }

  #post(caller: Caller, request: IncomingMessage, response: ServerResponse): void {
    const found = findConnection(this.negotiations, caller);
    if ('status' in found) this.#answer(request, response, found);
    else if (found.transport === 'WebSockets') this.#answer(request, response, POST_TO_WEBSOCKET);
    // Its transport will not be opened here, so nobody would read the body.
    else if (found.transport === undefined && !this.#parts.isAccepting())
      this.#answer(request, response, SERVER_CLOSING);
    else this.#opener.post(found, caller, request, response);
  }

  #delete(caller: Caller): PlainResponse {
    const found = findConnection(this.negotiations, caller);
    if ('status' in found) return found;
    const { transport } = found;
    if (typeof transport === 'object' && transport.delete()) return { status: 202, type: 'text/plain' };
    return CANNOT_DELETE;
  }

  /** @returns the refusal, if there is one. */
  #connect(
    name: HttpTransport['name'],
    negotiation: Negotiation,
    caller: Caller,
    response: ServerResponse,
  ): PlainResponse | undefined {
    const refusal = transportRefusal(name, negotiation, this.#parts.offered);
    if (refusal !== undefined) return refusal;
    // The request waits behind another one on its socket (HTTP pipelining), which may take for ever.
    if (response.socket === null) return CONFLICT;
    if (negotiation.transport === undefined && !this.#parts.isAccepting()) return SERVER_CLOSING;
    this.#opener.get(name, negotiation, caller, response);
    return undefined;
  }

  #answer(request: IncomingMessage, response: ServerResponse, answer: PlainResponse): void {
    logRefusal(this.#parts.log, request, answer);
    answerRequest(response, answer);
  }

  #answerUpgrade(request: IncomingMessage, socket: Duplex, answer: PlainResponse): void {
    logRefusal(this.#parts.log, request, answer);
    answerUpgrade(socket, answer);
  }
}

function json(body: string): PlainResponse {
  return { status: 200, type: 'application/json', body };
}
