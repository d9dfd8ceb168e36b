import type { HubEvent, OwnedConnection } from '../../machines/hub.ts';
import type { Alarm } from '../clock.ts';
import type { HubRequest, User } from '../hub/connection-info.ts';
import { EndSignals } from '../hub/end-signals.ts';
import type { HubConnection } from '../hub/hub-view.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import type { AbortOptions } from '../hub/routing.ts';
import type { ConnectionId } from '../ids.ts';
import { type CloseReason, type CloseReasonName, closeReason } from '../protocol/close.ts';
import type { Codec } from '../protocol/codec.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { HANDSHAKE_ACCEPTED, handshakeRefused } from '../protocol/handshake.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import { RecordBuffer } from '../protocol/record-buffer.ts';
import type { Recipient } from '../routing/connections.ts';
import { Lane, type LaneOwner } from '../routing/lane.ts';
import type { Transport, TransportEnd, TransportListener } from '../transports/transport.ts';
import { Conversation } from './conversation.ts';
import { farewell } from './farewell.ts';
import { greet } from './greeting.ts';
import type { HubHost } from './host.ts';
import { Welcome } from './welcome.ts';

/** The actor that owns a connection, as the connection sees it. */
export interface OwningActor {
  send(event: HubEvent): void;
}

/**
 * One connection: the record that its hub actor owns and that outlives a crash of it. The actor's machine says what may
 * happen; what happens is done here, in plain calls.
 */
export class Connection implements HubConnection, Recipient, OwnedConnection, TransportListener, LaneOwner {
  readonly connectionId: ConnectionId;
  readonly user: User | null;
  readonly request: HubRequest;
  readonly host: HubHost;
  readonly transport: Transport;
  readonly endSignals = new EndSignals();
  readonly connectedAt = new Date();
  /** `onConnected`, once it has begun. */
  readonly welcome: Welcome;
  readonly #input = new RecordBuffer();
  readonly #handshake: Alarm;
  readonly #gone: (connection: Connection) => void;
  #codec: Codec;
  #lane: Lane | undefined;
  #conversation: Conversation | undefined;
  #actor: OwningActor | undefined;
  #ending: CloseReason | undefined;
  #finalised: Promise<void> | undefined;
  #transportEnd: TransportEnd | undefined;
  #whenTransportEnds: (() => void) | undefined;

  /** @param gone Hears when the connection has been forgotten. */
  constructor(
    host: HubHost,
    who: { readonly connectionId: ConnectionId; readonly user: User | null; readonly request: HubRequest },
    transport: Transport,
    gone: (connection: Connection) => void,
  ) {
    this.host = host;
    this.#gone = gone;
    this.connectionId = who.connectionId;
    this.user = who.user;
    this.request = who.request;
    this.transport = transport;
    this.welcome = new Welcome(this);
    this.#codec = host.hub.codecs[0] as Codec;
    this.#handshake = host.services.alarms.alarm(() =>
      this.tell({
        type: 'handshake.timedOut',
        reason: closeReason('handshake-failed', { text: 'No handshake in time.' }),
      }),
    );
  }

  get hub(): MountedHub {
    return this.host.hub;
  }
  get userId(): string | undefined {
    return this.user?.id;
  }
  /** Its outgoing lane; there is one as soon as the handshake has been accepted. */
  get lane(): Lane {
    return this.#lane as Lane;
  }
  /** undefined before the handshake. */
  get conversation(): Conversation | undefined {
    return this.#conversation;
  }
  /** How the transport ended; undefined while it has not. */
  get transportEnd(): TransportEnd | undefined {
    return this.#transportEnd;
  }

  /** The actor has started: bytes are listened to from now on. */
  own(actor: OwningActor): void {
    this.#actor = actor;
    this.#handshake.set(this.hub.options.handshakeTimeoutMs);
    this.transport.listen(this);
  }

  /** Tells the machine what has happened. After the end nobody is there to hear it. */
  tell(event: HubEvent): void {
    this.#actor?.send(event);
  }

  endWith(reason: CloseReason): void {
    this.tell({ type: 'connection.ended', reason });
  }

  abort(options: AbortOptions = {}): void {
    this.endWith(
      closeReason('aborted', {
        allowReconnect: options.allowReconnect ?? false,
        ...(options.reason === undefined ? {} : { text: options.reason }),
      }),
    );
  }

  // --- what the machine does

  answerHandshake(): void {
    const { services, connections } = this.host;
    this.#handshake.clear();
    this.#lane = new Lane({
      owner: this,
      transport: this.transport,
      codec: this.#codec,
      limits: this.hub.options.slowConsumer,
      flusher: services.flusher,
      alarms: services.alarms,
    });
    this.#lane.push(EncodedMessage.raw(HANDSHAKE_ACCEPTED, this.#codec));
    this.#conversation = new Conversation(this, this.#codec, this.#input);
    connections.add(this);
  }

  cancelHandshake(): void {
    this.#writeRaw(handshakeRefused(errorTexts.handshakeCanceled));
  }

  connectHub(): void {
    this.welcome.begin();
  }

  startReading(): void {
    this.#conversation?.open(this.welcome.state);
  }

  finishCalls(): void {
    this.#conversation?.finishCalls();
  }

  ping(): void {
    this.#conversation?.ping();
  }

  /**
   * The end, whatever led to it; called by the machine, and by the supervisor for an actor that crashed. Idempotent: the
   * first reason counts.
   */
  finalise(reason: CloseReason): Promise<void> {
    this.#ending ??= reason;
    this.#finalised ??= farewell(this, reason);
    return this.#finalised;
  }

  // --- what the transport tells

  received(chunk: Buffer): void {
    if (this.#ending !== undefined) return;
    if (this.#conversation !== undefined) {
      this.#conversation.mailbox.receive(chunk);
      return;
    }
    this.#input.append(chunk);
    const outcome = greet(this.#input, this.hub.codecs, this.hub.options);
    if (outcome === undefined) return;
    if ('codec' in outcome) {
      this.#codec = outcome.codec;
      this.tell({ type: 'handshake.accepted' });
      return;
    }
    this.#writeRaw(handshakeRefused(outcome.refusal));
    this.tell({ type: 'handshake.refused', reason: closeReason('handshake-failed', { text: outcome.refusal }) });
  }

  drained(): void {
    this.#lane?.drained();
  }

  closed(end: TransportEnd): void {
    this.#transportEnd = end;
    this.#whenTransportEnds?.();
    if (this.#ending !== undefined) this.#lane?.close();
    this.tell({
      type: 'transport.closed',
      reason: closeReason(nameOf(end), end.error === undefined ? {} : { error: end.error }),
    });
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
    this.#handshake.clear();
    this.#conversation?.silence();
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

  /** Resolves when the transport has ended. */
  transportClosed(): Promise<void> {
    if (this.#transportEnd !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenTransportEnds = resolve;
    });
  }

  toJSON(): unknown {
    return { connectionId: this.connectionId, hub: this.hub.path };
  }

  /** Before the handshake there is no lane, and what is written then is the last that is written. */
  #writeRaw(record: Buffer): void {
    this.transport.write(this.transport.framing('Text').frame([record], record.length));
  }
}

function nameOf(end: TransportEnd): CloseReasonName {
  if (end.error instanceof MessageTooLargeError) return 'message-too-large';
  if (end.error !== undefined) return 'protocol-error';
  return end.by === 'client' ? 'client-closed' : 'connection-lost';
}
