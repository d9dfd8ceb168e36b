import type { HubRequest, User } from '../hub/connection-info.ts';
import { EndSignals } from '../hub/end-signals.ts';
import type { CallerConnection } from '../hub/hub-view.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import type { AbortOptions } from '../hub/routing.ts';
import type { ConnectionId } from '../ids.ts';
import { type CloseReason, closeReason } from '../protocol/close.ts';
import { RECONNECT_VERSION } from '../protocol/handshake.ts';
import type { Recipient } from '../routing/connections.ts';
import { Lane } from '../routing/lane.ts';
import type { LaneOwner } from '../routing/lane-parts.ts';
import type { NewConnection } from '../transports/new-connection.ts';
import type { ConnectionPort, Transport, TransportEnd } from '../transports/transport.ts';
import { afterTransition } from './after-transition.ts';
import { runCloseSequence } from './close-sequence.ts';
import { handshakeAccepted } from './constant-messages.ts';
import { eventOf } from './ended-transport.ts';
import { Handshake } from './handshake.ts';
import type { HubRuntime } from './hub-runtime.ts';
import type { LifecycleEvent } from './lifecycle-event.ts';
import { OnConnected } from './on-connected.ts';
import { Session } from './session.ts';
import { beginSession } from './session-record.ts';
import type { Detached } from './stateful-reconnect/detached-connections.ts';
import { StatefulReconnect } from './stateful-reconnect/stateful-reconnect.ts';

/** The actor that owns a connection, as the connection sees it. */
export interface OwningActor {
  send(event: LifecycleEvent): void;
}

/**
 * One connection: the record that its hub actor owns and that outlives a crash of it. The actor's machine says what may
 * happen; what happens is done here, in plain calls.
 */
export class Connection implements CallerConnection, Recipient, ConnectionPort, LaneOwner, Detached {
  readonly connectionId: ConnectionId;
  readonly user: User | null;
  readonly userId: string | undefined;
  /** With its protocol as soon as the handshake has been accepted; no hub sees it before. */
  request: HubRequest;
  readonly runtime: HubRuntime;
  readonly hub: MountedHub;
  transport: Transport;
  readonly endSignals = new EndSignals();
  /** Milliseconds since 1970. */
  readonly connectedAt = Date.now();
  /** `onConnected`, once it has begun. */
  readonly onConnected: OnConnected;
  readonly negotiation: NewConnection['negotiation'];
  items: Map<unknown, unknown> | undefined;
  /** With stateful reconnect only. */
  statefulReconnect: StatefulReconnect | undefined;
  /** Until the handshake is over. */
  #handshake: Handshake | undefined;
  readonly #gone: (connection: Connection) => void;
  #lane: Lane | undefined;
  #session: Session | undefined;
  #actor: OwningActor | undefined;
  #ending: CloseReason | undefined;
  #finalised: Promise<void> | undefined;
  #transportEnd: TransportEnd | undefined;
  #whenTransportEnds: (() => void) | undefined;

  /** @param gone Hears when the connection has been forgotten. */
  constructor(runtime: HubRuntime, who: NewConnection, transport: Transport, gone: (connection: Connection) => void) {
    this.runtime = runtime;
    this.hub = runtime.hub;
    this.#gone = gone;
    this.connectionId = who.connectionId;
    this.user = who.user;
    this.userId = who.user?.id;
    this.request = who.request as HubRequest;
    this.transport = transport;
    this.negotiation = who.negotiation;
    this.onConnected = new OnConnected(this);
    this.#handshake = new Handshake(this);
    if (who.mayReturn === true) this.statefulReconnect = new StatefulReconnect(this);
  }

  /** Its outgoing lane; there is one as soon as the handshake has been accepted. */
  get lane(): Lane {
    return this.#lane as Lane;
  }
  get session(): Session | undefined {
    return this.#session;
  }
  get resumable(): StatefulReconnect | undefined {
    return this.statefulReconnect;
  }
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }
  /** How the transport ended; undefined while it has not. */
  get transportEnd(): TransportEnd | undefined {
    return this.#transportEnd;
  }

  /** Another transport takes the place of the one that it has, or had. Only with stateful reconnect. */
  attachTransport(transport: Transport): void {
    const old = this.#transportEnd === undefined ? this.transport : undefined;
    this.transport = transport;
    this.#transportEnd = undefined;
    old?.close(1000);
    this.tell({ type: 'transport.attached' });
  }

  /** The actor has started: bytes are listened to from now on. */
  bindActor(actor: OwningActor): void {
    this.#actor = actor;
    this.#handshake?.begin();
    this.transport.listen(this.statefulReconnect?.listenerTo(this.transport) ?? this);
  }

  /** Tells the machine what has happened. After the end nobody is there to hear it. */
  tell(event: LifecycleEvent): void {
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
    const { alarms, flusher } = this.runtime.services;
    const handshake = this.#handshake as Handshake;
    const { backlog, codec, input, version } = handshake;
    handshake.stop();
    this.#handshake = undefined;
    if (version < RECONNECT_VERSION) this.statefulReconnect = undefined;
    this.request = Object.freeze(Object.assign(this.request, { protocol: codec.name }));
    const limits = this.hub.options.slowConsumer;
    const parts = { owner: this, transport: this.transport, codec, limits, flusher, alarms };
    this.#lane = this.statefulReconnect?.makeLane(parts) ?? new Lane(parts);
    this.#lane.push(handshakeAccepted(codec));
    this.#session = new Session(this, codec, input, backlog);
    this.runtime.connections.add(this);
    beginSession(this);
  }

  cancelHandshake(): void {
    this.#handshake?.cancel();
  }

  connectHub(): void {
    afterTransition(this, () => this.onConnected.begin());
  }

  startReading(): void {
    afterTransition(this, () => this.#session?.open(this.onConnected.state));
  }

  finishCalls(): void {
    this.#session?.finishCalls();
  }

  ping(): void {
    this.#session?.ping();
  }

  awaitReturn(): void {
    this.statefulReconnect?.lost();
  }

  resume(): void {
    this.statefulReconnect?.attached(this.transport);
  }

  /** The end, whatever led to it, for the machine, and for the supervisor of a crashed actor. The first call counts. */
  finalise(reason: CloseReason): Promise<void> {
    this.#ending ??= reason;
    this.#finalised ??= runCloseSequence(this, reason);
    return this.#finalised;
  }

  // --- what the transport tells

  received(chunk: Buffer): void {
    if (this.#ending !== undefined) return;
    if (this.#session === undefined) this.#handshake?.receive(chunk);
    else this.#session.mailbox.receive(chunk);
  }
  holding(bytes: number): void {
    (this.#session ?? this.#handshake)?.backlog.hold(bytes);
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
    this.tell(eventOf(end, this.statefulReconnect));
  }

  // --- what the lane tells

  lagged(text: string): void {
    this.endWith(closeReason('slow-consumer', { error: new Error(text) }));
  }
  congested(): void {
    this.tell({ type: 'lane.congested' });
  }
  relieved(): void {
    this.tell({ type: 'lane.relieved' });
  }

  /** No alarm of this connection may ring any more. */
  stopClocks(): void {
    this.#handshake?.end();
    this.#session?.silence();
    this.statefulReconnect?.stop();
  }

  /** Everything has happened: the actor stops, and nobody is told anything any more. */
  forgotten(): void {
    this.tell({ type: 'connection.finalised' });
    this.#actor = undefined;
    this.#gone(this);
  }

  /** The actor is no longer there to be told. */
  unbindActor(): void {
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
