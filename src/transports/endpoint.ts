import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Alarms } from '../clock.ts';
import { loggable } from '../errors.ts';
import { type Authorize, authorized } from '../hub/authorize.ts';
import type { HttpRequestInfo, TransportRequest, User } from '../hub/connection-info.ts';
import type { ResolvedHubOptions } from '../hub/hub-options.ts';
import { type ConnectionId, newConnectionId, tokenFromId } from '../ids.ts';
import type { Log } from '../log.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { negotiateAnswer, negotiateRefusal, negotiateVersion, type OfferedTransport } from '../protocol/negotiate.ts';
import { type Negotiation, Negotiations } from './negotiations.ts';
import { isOriginAllowed, type Origins } from './origins.ts';
import { answerRequest, answerUpgrade, type Refusal } from './refusal.ts';
import { queryValues, requestInfo } from './request-info.ts';
import type { Transport } from './transport.ts';
import { isWebSocketRequest, WebSocketAcceptor } from './websocket-acceptor.ts';

/** Says who sends a request; null: nobody in particular. Throwing refuses with 401. */
export type Authenticate = (request: HttpRequestInfo) => User | null | Promise<User | null>;

/** What an endpoint needs of the hub behind it. */
export interface EndpointParts {
  readonly path: string;
  readonly authorize: Authorize;
  readonly options: ResolvedHubOptions;
  readonly authenticate: Authenticate;
  readonly origins: Origins;
  readonly alarms: Alarms;
  readonly log: Log;
  /** Whether new connections are taken. */
  isAccepting(): boolean;
  /** A transport has opened. `ended` is to be called when its connection has been forgotten. */
  opened(
    connectionId: ConnectionId,
    user: User | null,
    request: TransportRequest,
    transport: Transport,
    ended: () => void,
  ): void;
}

const OFFERED: readonly OfferedTransport[] = [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }];

/** The HTTP side of one hub: `PATH/negotiate` and the transports at `PATH` (TransportProtocols.md of ASP.NET Core). */
export class Endpoint {
  readonly negotiations: Negotiations;
  readonly #parts: EndpointParts;
  readonly #webSockets: WebSocketAcceptor;

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    this.negotiations = new Negotiations(parts.alarms);
    this.#webSockets = new WebSocketAcceptor(
      {
        maximumFrameBytes: parts.options.maximumFrameBytes,
        highWaterBytes: parts.options.slowConsumer.highWaterBytes,
      },
      parts.alarms,
    );
  }

  /** POST PATH/negotiate: an id, and what there is to connect to. */
  async negotiate(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const info = requestInfo(request);
    const admitted = await this.#admit(request, info);
    if ('status' in admitted) {
      answerRequest(response, admitted);
      return;
    }
    if (request.method !== 'POST') {
      answerRequest(response, { status: 405, type: 'text/plain' });
      return;
    }
    const version = negotiateVersion(queryValues(info.query, 'negotiateversion'));
    if ('error' in version) {
      answerRequest(response, { status: 200, type: 'application/json', body: negotiateRefusal(version.error) });
      return;
    }
    const negotiation = this.negotiations.add(version.version, admitted.user?.id);
    if (negotiation === undefined) {
      answerRequest(response, BUSY);
      return;
    }
    const body = negotiateAnswer(version.version, negotiation.connectionId, negotiation.token, OFFERED);
    answerRequest(response, { status: 200, type: 'application/json', body });
  }

  /** Any request to PATH that is no WebSocket upgrade. Only WebSockets are offered, so each gets told why not. */
  async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const info = requestInfo(request);
    const admitted = await this.#admit(request, info);
    answerRequest(response, 'status' in admitted ? admitted : this.#refuse(request, info, admitted.user));
  }

  /** GET PATH with `Upgrade: websocket`. Everything is checked before the upgrade is answered. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Before anything is awaited: a client that leaves meanwhile must not become an uncaught error.
    socket.on('error', () => {});
    const info = requestInfo(request);
    const admitted = await this.#admit(request, info);
    if (socket.destroyed) return;
    // authenticate may have taken its time, too.
    if (!this.#parts.isAccepting()) {
      answerUpgrade(socket, BUSY);
      return;
    }
    if ('status' in admitted) {
      answerUpgrade(socket, admitted);
      return;
    }
    const { user } = admitted;
    // As in the original, what is no correct WebSocket request is an ordinary one.
    if (!isWebSocketRequest(request)) {
      answerUpgrade(socket, this.#refuse(request, info, user));
      return;
    }
    const claim = this.#claim(info, user);
    if ('status' in claim) {
      answerUpgrade(socket, claim);
      return;
    }
    const { connectionId, token } = claim;
    this.negotiations.activate(token);
    const release = (): void => this.negotiations.release(token);
    socket.once('close', release);
    this.#webSockets.accept(request, socket, head, (transport) => {
      socket.off('close', release);
      const opening: TransportRequest = Object.freeze({ ...info, transport: 'WebSockets' });
      this.#parts.opened(connectionId, user, opening, transport, release);
    });
  }

  /** Who it is, and whether he may: the same for every request of a hub, before anything else is looked at. */
  async #admit(request: IncomingMessage, info: HttpRequestInfo): Promise<{ readonly user: User | null } | Refusal> {
    const { authenticate, authorize, origins, log } = this.#parts;
    if (!this.#parts.isAccepting()) return BUSY;
    let user: User | null;
    try {
      if (!isOriginAllowed(request, origins)) return { status: 403 };
    } catch (error) {
      log.error({ error: loggable(error), hub: this.#parts.path }, 'origins threw');
      return { status: 403 };
    }
    try {
      user = checkedUser(await authenticate(info));
    } catch (error) {
      log.info(
        { error: loggable(error), hub: this.#parts.path, remoteAddress: info.remoteAddress },
        'authenticate refused a request',
      );
      return UNAUTHENTICATED;
    }
    try {
      const verdict = authorized(authorize, user);
      if (verdict === 'allowed') return { user };
      return verdict === 'unauthenticated' ? UNAUTHENTICATED : { status: 403 };
    } catch (error) {
      log.error({ error: loggable(error), hub: this.#parts.path }, 'authorize threw');
      return { status: 403 };
    }
  }

  #claim(info: HttpRequestInfo, user: User | null): Pick<Negotiation, 'connectionId' | 'token'> | Refusal {
    const id = idOf(info);
    if (id === undefined) {
      const connectionId = newConnectionId();
      return { connectionId, token: tokenFromId(connectionId) };
    }
    const claim = this.negotiations.find(id, user?.id);
    if (claim === 'unknown') return { status: 404, body: errorTexts.noSuchConnection };
    if (claim === 'active') return { status: 409, type: 'text/plain' };
    return claim.negotiation;
  }

  /** In the order of the original: the method, the id, the connection, the transport. */
  #refuse(request: IncomingMessage, info: HttpRequestInfo, user: User | null): Refusal {
    const method = request.method ?? '';
    if (!['GET', 'POST', 'DELETE'].includes(method)) return { status: 405, type: 'text/plain' };
    const cache = method === 'GET' ? { uncached: true as const } : {};
    const id = idOf(info);
    if (id === undefined) return { status: 400, type: 'text/plain', body: errorTexts.connectionIdRequired, ...cache };
    const claim = this.negotiations.find(id, user?.id);
    if (claim === 'unknown') return { status: 404, type: 'text/plain', body: errorTexts.noSuchConnection, ...cache };
    if (method === 'DELETE') return { status: 400, type: 'text/plain', body: errorTexts.deleteOfWebSocket };
    if (method === 'POST') return { status: 405, type: 'text/plain', body: errorTexts.postToWebSocket };
    const wantsEvents = (info.headers.accept ?? '')
      .toLowerCase()
      .split(/\s*,\s*/)
      .includes('text/event-stream');
    const transport = wantsEvents ? 'ServerSentEvents' : 'LongPolling';
    return { status: 404, type: 'text/plain', body: errorTexts.transportNotSupported(transport), ...cache };
  }
}

const UNAUTHENTICATED: Refusal = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } };
const BUSY: Refusal = { status: 503, headers: { 'Retry-After': '1' } };

/** @throws {TypeError} when `authenticate`, which may be plain JavaScript, returns something else than it should. */
function checkedUser(user: User | null | undefined): User | null {
  if (user === null || user === undefined) return null;
  if (typeof user.id === 'string' && user.id !== '' && Array.isArray(user.roles)) return user;
  throw new TypeError('authenticate must return null, or { id, roles } with a text and an array.');
}

/** The connection's key; an empty one counts as none. */
function idOf(info: HttpRequestInfo): string | undefined {
  const values = queryValues(info.query, 'id').filter((value) => value !== '');
  return values.length === 0 ? undefined : values.join(',');
}
