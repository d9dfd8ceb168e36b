import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Alarms } from '../clock.ts';
import { compactHeaders, queryValuesOf } from '../http/request-info.ts';
import { logRefusal, requestFields } from '../http/request-log.ts';
import { requestToKeep } from '../http/request-texts.ts';
import type { TransportRequest, User } from '../hub/connection-info.ts';
import type { ResolvedHubOptions } from '../hub/hub-options.ts';
import type { LimitedLog } from '../log-limit.ts';
import type { Codec } from '../protocol/codec.ts';
import { PLAIN_SUBPROTOCOL } from '../protocol/plain-envelope.ts';
import { asksForPositions } from '../protocol/position.ts';
import type { HttpTransport } from '../transports/http-transport.ts';
import type { StartLongPollActor } from '../transports/long-poll-port.ts';
import { LongPollingTransport } from '../transports/long-polling.ts';
import type { NewConnection } from '../transports/new-connection.ts';
import { Posts } from '../transports/posts.ts';
import { ServerSentEventsTransport } from '../transports/server-sent-events.ts';
import type { ConnectionPort, Transport } from '../transports/transport.ts';
import { WebSocketAcceptor } from '../transports/websocket-acceptor.ts';
import type { Caller } from './caller.ts';
import { haveSameCredential, limitedUser } from './credential-lifetime.ts';
import { Expiries, Expiry } from './expiry.ts';
import type { Negotiation } from './negotiation.ts';
import type { Negotiations } from './negotiations.ts';

/** Parts that a transport opener needs of the hub behind it. */
export interface TransportOpenerParts {
  readonly options: ResolvedHubOptions;
  readonly alarms: Alarms;
  readonly log: LimitedLog;
  readonly startLongPollActor: StartLongPollActor;
  /** The codec of plain clients; undefined: the hub has none. */
  readonly plain?: Codec | undefined;
  /** Whether the credential of a user was revoked. */
  isRevoked(user: User): boolean;
  /**
   * Called when a transport has opened.
   *
   * @returns its connection, which listens to it.
   */
  opened(connection: NewConnection, transport: Transport): ConnectionPort;
}

/** Opens the transports of negotiated connections, and passes further requests on to open transports. */
export class TransportOpener {
  readonly #parts: TransportOpenerParts;
  readonly #negotiations: Negotiations;
  readonly #webSockets: WebSocketAcceptor;
  readonly #plainWebSockets: WebSocketAcceptor;
  readonly #expiries: Expiries;

  constructor(parts: TransportOpenerParts, negotiations: Negotiations) {
    const { maximumFrameBytes, slowConsumer } = parts.options;
    this.#parts = parts;
    this.#negotiations = negotiations;
    const { alarms, log } = parts;
    this.#expiries = new Expiries(alarms);
    const { highWaterBytes } = slowConsumer;
    const webSocketParts = { alarms, maximumFrameBytes, highWaterBytes };
    this.#webSockets = new WebSocketAcceptor(webSocketParts, log);
    this.#plainWebSockets = new WebSocketAcceptor(webSocketParts, log, [PLAIN_SUBPROTOCOL]);
  }

  /** Opens the WebSocket of a new connection, or resumes a connection with it. */
  upgrade(negotiation: Negotiation, caller: Caller, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const resumable = negotiation.connection?.resumable;
    if (resumable === undefined) {
      this.#openWebSocket(negotiation, caller, request, socket, head);
      return;
    }
    const transport = this.#webSockets.accept(request, socket, head);
    if (transport === undefined) return;
    resumable.attach(transport);
    this.#showAgain(negotiation, caller);
  }

  /** Opens the WebSocket of a plain client, which has neither negotiated nor shaken hands. */
  upgradePlain(caller: Caller, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const negotiation = this.#negotiations.skipNegotiation(caller.user?.id);
    this.#negotiations.activate(negotiation, 'WebSockets');
    const transport = this.#plainWebSockets.accept(request, socket, head);
    if (transport === undefined) negotiation.ended();
    else this.#opened(negotiation, caller, transport, this.#parts.plain);
  }

  /** Opens an event stream or long polling, or passes one more poll on. */
  get(name: HttpTransport['name'], negotiation: Negotiation, caller: Caller, response: ServerResponse): void {
    const { transport } = negotiation;
    compactHeaders(response.req, caller);
    if (typeof transport === 'object') {
      if (name === 'LongPolling') this.#showAgain(negotiation, caller);
      if (!transport.get(response)) this.#logRefusedGet(name, response.req);
    } else if (name === 'LongPolling') this.#openLongPolling(negotiation, caller).get(response);
    else this.#openServerSentEvents(negotiation, caller, response);
  }

  post(negotiation: Negotiation, caller: Caller, request: IncomingMessage, response: ServerResponse): void {
    compactHeaders(request, caller);
    this.#postsOf(negotiation).add(request, response);
  }

  #openWebSocket(
    negotiation: Negotiation,
    caller: Caller,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    this.#negotiations.activate(negotiation, 'WebSockets');
    const transport = this.#webSockets.accept(request, socket, head);
    if (transport === undefined) {
      negotiation.ended();
      return;
    }
    const connection = this.#opened(negotiation, caller, transport);
    const posted = negotiation.posts?.end();
    if (posted !== undefined && posted.length > 0) connection.received(posted, false, false);
  }

  #openLongPolling(negotiation: Negotiation, caller: Caller): HttpTransport {
    const { alarms, startLongPollActor, options } = this.#parts;
    const { pollTimeoutMs, slowConsumer } = options;
    const parts = {
      pollTimeoutMs,
      highWaterBytes: slowConsumer.highWaterBytes,
      alarms,
      startActor: startLongPollActor,
    };
    const transport = new LongPollingTransport(negotiation.connectionId, this.#postsOf(negotiation), parts);
    this.#negotiations.activate(negotiation, transport);
    this.#opened(negotiation, caller, transport);
    return transport;
  }

  #openServerSentEvents(negotiation: Negotiation, caller: Caller, response: ServerResponse): void {
    const { alarms, options } = this.#parts;
    const posts = this.#postsOf(negotiation);
    const transport = new ServerSentEventsTransport(response, posts, options.slowConsumer, alarms);
    this.#negotiations.activate(negotiation, transport);
    this.#opened(negotiation, caller, transport);
  }

  /** @param codec Of a connection without a handshake. */
  #opened(negotiation: Negotiation, caller: Caller, transport: Transport, codec?: Codec): ConnectionPort {
    const { info } = caller;
    const user = this.#take(negotiation, caller);
    const request: TransportRequest = requestToKeep(info, { transport: transport.name });
    const { connectionId, isStateful } = negotiation;
    const mayReturn = isStateful && transport.name === 'WebSockets';
    const wantsPositions = asksForPositions(queryValuesOf(info.url, 'positions'));
    const newConnection = {
      ...{ connectionId, user, request, wantsPositions, mayReturn, negotiation },
      ...(codec && { codec }),
    };
    const connection = this.#parts.opened(newConnection, transport);
    negotiation.connection = connection;
    if (this.#parts.options.closeOnAuthenticationExpiration) {
      negotiation.expiry = new Expiry(connection, this.#expiries);
    }
    this.#apply(negotiation);
    return connection;
  }

  /**
   * Takes the user of another request: its credential replaces the one before, unless a request that arrived later has
   * brought one.
   *
   * @returns the user as calls see them from now on; undefined when nothing has changed.
   */
  show(negotiation: Negotiation, caller: Caller): User | undefined {
    if (caller.arrival < negotiation.arrival) return undefined;
    negotiation.arrival = caller.arrival;
    if (haveSameCredential(negotiation.shown, caller.user)) {
      this.#apply(negotiation);
      return undefined;
    }
    const user = this.#take(negotiation, caller);
    this.#apply(negotiation);
    return user ?? undefined;
  }

  #showAgain(negotiation: Negotiation, caller: Caller): void {
    const user = this.show(negotiation, caller);
    if (user === undefined || !this.#parts.options.enableAuthenticationRefresh) return;
    // Its failure has been logged, and a poll or an upgrade has no answer for it.
    negotiation.connection?.refreshed(user).catch(() => {});
  }

  #take(negotiation: Negotiation, { arrival, user }: Caller): User | null {
    const { maximumAuthenticationExpirationMs } = this.#parts.options;
    negotiation.arrival = arrival;
    negotiation.shown = user;
    negotiation.user = user && limitedUser(user, maximumAuthenticationExpirationMs, this.#parts.alarms.wallNow());
    return negotiation.user;
  }

  /** Watches for the end of the credential. It may have been revoked since the request was admitted. */
  #apply({ connection, expiry, user }: Negotiation): void {
    expiry?.renew(user);
    if (user !== null && this.#parts.isRevoked(user)) connection?.credentialEnded('unauthorized');
  }

  /** Made at the first POST, or when a transport opens whose client posts. */
  #postsOf(negotiation: Negotiation): Posts {
    const { alarms, log, options } = this.#parts;
    negotiation.posts ??= new Posts(options.maximumFrameBytes, alarms, {
      earlyBytes: (bytes) => this.#negotiations.setPostedBytes(negotiation, bytes),
      refused: (request, refusal) => logRefusal(log, request, refusal),
    });
    return negotiation.posts;
  }

  #logRefusedGet(name: HttpTransport['name'], request: IncomingMessage): void {
    this.#parts.log.refused(name === 'LongPolling' ? 'too-many-polls' : 'transport-taken')?.(requestFields(request));
  }
}
