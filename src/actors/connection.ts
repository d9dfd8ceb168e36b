import type { HubEvent, OwnedConnection } from '../../machines/hub.ts';
import type { HubRequest, User } from '../hub/connection-info.ts';
import { EndSignals } from '../hub/end-signals.ts';
import type { HubConnection } from '../hub/hub-view.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import type { AbortOptions } from '../hub/routing.ts';
import type { ConnectionId } from '../ids.ts';
import { type CloseReason, closeReason } from '../protocol/close.ts';
import { RECONNECT_VERSION } from '../protocol/handshake.ts';
import type { Recipient } from '../routing/connections.ts';
import { Lane } from '../routing/lane.ts';
import type { LaneOwner } from '../routing/lane-parts.ts';
import type { Opening } from '../transports/opening.ts';
import type { Carried, Transport, TransportEnd } from '../transports/transport.ts';
import { afterTransition } from './after-transition.ts';
import { handshakeAccepted } from './constant-messages.ts';
import { Conversation } from './conversation.ts';
import type { Detached } from './detached-connections.ts';
import { eventOf } from './ended-transport.ts';
import { farewell } from './farewell.ts';
import { Greeting } from './greeting.ts';
import type { HubHost } from './host.ts';
import { Resumption } from './resumption.ts';
import { beginSession } from './session.ts';
import { Welcome } from './welcome.ts';

/** The actor that owns a connection, as the connection sees it. */
export interface OwningActor {
  send(event: HubEvent): void;
}

/**
 * One connection: the record that its hub actor owns and that outlives a crash of it. The actor's machine says what may
 * happen; what happens is done here, in plain calls.
 */
export class Connection implements HubConnection, Recipient, OwnedConnection, Carried, LaneOwner, Detached {
  readonly connectionId: ConnectionId;
  readonly user: User | null;
  readonly userId: string | undefined;
  /** With its protocol as soon as the handshake has been accepted; no hub sees it before. */
  request: HubRequest;
  readonly host: HubHost;
  readonly hub: MountedHub;
  transport: Transport;
  readonly endSignals = new EndSignals();
  /** Milliseconds since 1970. */
  readonly connectedAt = Date.now();
  /** `onConnected`, once it has begun. */
  readonly welcome: Welcome;
  readonly negotiation: Opening['negotiation'];
  items: Map<unknown, unknown> | undefined;
  /** With stateful reconnect only. */
  resumption: Resumption | undefined;
  /** Until the handshake is over. */
  #greeting: Greeting | undefined;
  readonly #gone: (connection: Connection) => void;
  #lane: Lane | undefined;
  #conversation: Conversation | undefined;
  #actor: OwningActor | undefined;
  #ending: CloseReason | undefined;
  #finalised: Promise<void> | undefined;
  #transportEnd: TransportEnd | undefined;
  #whenTransportEnds: (() => void) | undefined;

  /** @param gone Hears when the connection has been forgotten. */
  constructor(host: HubHost, who: Opening, transport: Transport, gone: (connection: Connection) => void) {
    this.host = host;
    this.hub = host.hub;
    this.#gone = gone;
    this.connectionId = who.connectionId;
    this.user = who.user;
    this.userId = who.user?.id;
    this.request = who.request as HubRequest;
    this.transport = transport;
    this.negotiation = who.negotiation;
    this.welcome = new Welcome(this);
    this.#greeting = new Greeting(this);
    if (who.mayReturn === true) this.resumption = new Resumption(this);
  }

  /** Its outgoing lane; there is one as soon as the handshake has been accepted. */
  get lane(): Lane {
    return this.#lane as Lane;
  }
  /** undefined before the handshake. */
  get conversation(): Conversation | undefined {
    return this.#conversation;
  }
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }
  /** How the transport ended; undefined while it has not. */
  get transportEnd(): TransportEnd | undefined {
    return this.#transportEnd;
  }

  /** Another transport takes the place of the one that it has, or had. Only with stateful reconnect. */
  carryOn(transport: Transport): void {
    const old = this.#transportEnd === undefined ? this.transport : undefined;
    this.transport = transport;
    this.#transportEnd = undefined;
    old?.close(1000);
    this.tell({ type: 'transport.attached' });
  }

  /** The actor has started: bytes are listened to from now on. */
  own(actor: OwningActor): void {
    this.#actor = actor;
    this.#greeting?.begin();
    this.transport.listen(this.resumption?.listenerTo(this.transport) ?? this);
  }

  /** Tells the machine what has happened. After the end nobody is there to hear it. */
  tell(event: HubEvent): void {
    this.#actor?.send(event);
  }

  endWith(reason: CloseReason): void {
    this.tell({ type: 'connection.ended', reason });
  }

  abort({ allowReconnect = false, reason: text }: AbortOptions = {}): void {
    this.endWith(closeReason('aborted', text === undefined ? { allowReconnect } : { allowReconnect, text }));
  }

  // --- what the machine does

  answerHandshake(): void {
    const { alarms, flusher } = this.host.services;
    const greeting = this.#greeting as Greeting;
    const { backlog, codec, input, version } = greeting;
    greeting.stop();
    this.#greeting = undefined;
    if (version < RECONNECT_VERSION) this.resumption = undefined;
    this.request = Object.freeze(Object.assign(this.request, { protocol: codec.name }));
    const limits = this.hub.options.slowConsumer;
    const parts = { owner: this, transport: this.transport, codec, limits, flusher, alarms };
    this.#lane = this.resumption?.makeLane(parts) ?? new Lane(parts);
    this.#lane.push(handshakeAccepted(codec));
    this.#conversation = new Conversation(this, codec, input, backlog);
    this.host.connections.add(this);
    beginSession(this);
  }

  cancelHandshake(): void {
    this.#greeting?.cancel();
  }

  connectHub(): void {
    afterTransition(this, () => this.welcome.begin());
  }

  startReading(): void {
    afterTransition(this, () => this.#conversation?.open(this.welcome.state));
  }

  finishCalls(): void {
    this.#conversation?.finishCalls();
  }

  ping(): void {
    this.#conversation?.ping();
  }

  awaitReturn(): void {
    this.resumption?.lost();
  }

  resume(): void {
    this.resumption?.attached(this.transport);
  }

  /** The end, whatever led to it, for the machine, and for the supervisor of a crashed actor. The first call counts. */
  finalise(reason: CloseReason): Promise<void> {
    this.#ending ??= reason;
    this.#finalised ??= farewell(this, reason);
    return this.#finalised;
  }

  // --- what the transport tells

  received(chunk: Buffer): void {
    if (this.#ending !== undefined) return;
    if (this.#conversation === undefined) this.#greeting?.receive(chunk);
    else this.#conversation.mailbox.receive(chunk);
  }
  holding(bytes: number): void {
    (this.#conversation ?? this.#greeting)?.backlog.hold(bytes);
  }
  drained(): void {
    this.#lane?.drained();
  }
  endRequested(): void {
    this.endWith(closeReason('client-closed', { allowReconnect: true }));
  }
  expired(): void {
    this.tell({ type: 'credential.expired', reason: closeReason('expired') });
  }

  closed(end: TransportEnd): void {
    this.#transportEnd = end;
    this.#whenTransportEnds?.();
    if (this.#ending !== undefined) this.#lane?.close();
    this.tell(eventOf(end, this.resumption));
  }

  // --- what the lane tells

  lagged(text: string): void {
    this.endWith(closeReason('slow-consumer', { error: new Error(text) }));
  }
  congested(): void {
    this.tell({ type: 'outbox.congested' });
  }
  relieved(): void {
    this.tell({ type: 'outbox.relieved' });
  }

  /** No alarm of this connection may ring any more. */
  stopClocks(): void {
    this.#greeting?.end();
    this.#conversation?.silence();
    this.resumption?.stop();
  }

  /** Everything has happened: the actor stops, and nobody is told anything any more. */
  forgotten(): void {
    this.tell({ type: 'connection.finalised' });
    this.#actor = undefined;
    this.#gone(this);
  }

  /** The actor is no longer there to be told. */
  disown(): void {
    this.#actor = undefined;
  }

  /** Resolves when the transport ends. */
  transportClosed(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenTransportEnds = resolve;
    });
  }

  toJSON(): unknown {
    return { connectionId: this.connectionId, hub: this.hub.path };
  }
}
