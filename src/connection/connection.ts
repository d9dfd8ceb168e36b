import type { User } from '../hub/connection-info.ts';
import type { ConnectionId } from '../ids.ts';
import { type CloseReason, closeReason } from '../protocol/close.ts';
import type { NewConnection } from '../transports/new-connection.ts';
import type {
  ConnectionPort,
  EndOfCredential,
  Resumable,
  Transport,
  TransportEnd,
  TransportListener,
} from '../transports/transport.ts';
import { AttachedTransport } from './attached-transport.ts';
import { closeHandshake, closeSession } from './close-sequence.ts';
import { eventOf } from './ended-transport.ts';
import { Handshake } from './handshake.ts';
import type { HubRuntime } from './hub-runtime.ts';
import type { LifecycleEvent, Report } from './lifecycle-event.ts';
import { runRefreshed } from './refreshed.ts';
import { Session } from './session.ts';
import { beginSessionRecord } from './session-record.ts';

/** The actor that owns a connection, as the connection sees it. */
export interface OwningActor {
  readonly send: Report;
}

/**
 * One connection: a transport, and the actor that owns it. It is in one of two phases: `Handshake`, then `Session`.
 * The actor's machine (`machines/hub.ts`) decides what happens next. The methods here and in the phases do it, in plain
 * calls. A connection outlives a crash of its actor.
 *
 * Its life, in order:
 * 1. Accepted: the transport has opened, the supervisor spawns the actor, and `bindActor` starts the handshake.
 * 2. Handshake: `received` passes bytes to `Handshake`. It reports `handshake.accepted`, and the machine calls
 *    `acceptHandshake`: the session begins.
 * 3. `Session.connectHub` runs `onConnected`. It reports `connect.succeeded`, and the machine calls
 *    `Session.startReading`.
 * 4. Open: `received` passes bytes to the session's mailbox, and calls run.
 * 5. End: any reason to end is an event for the machine, which calls `close`. `close-sequence.ts` does the rest.
 */
export class Connection implements ConnectionPort, TransportListener {
  readonly connectionId: ConnectionId;
  readonly negotiation: NewConnection['negotiation'];
  readonly runtime: HubRuntime;
  readonly transport: AttachedTransport;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  /** The same moment, in milliseconds of `Alarms.realNow`. */
  readonly #openedAt: number;
  readonly #forgotten: (connection: Connection) => void;
  readonly #report: Report = (event) => this.send(event);
  #phase: Handshake | Session;
  #actor: OwningActor | undefined;
  #isClosing = false;
  #closed: Promise<void> | undefined;

  /** @param forgotten Called once, when the close sequence has finished. */
  constructor(
    runtime: HubRuntime,
    origin: NewConnection,
    transport: Transport,
    forgotten: (connection: Connection) => void,
  ) {
    const { hub, services } = runtime;
    const { alarms, backlogs } = services;
    this.connectionId = origin.connectionId;
    this.negotiation = origin.negotiation;
    this.runtime = runtime;
    this.connectedAt = alarms.wallNow();
    this.#openedAt = alarms.realNow();
    this.transport = new AttachedTransport(transport, this, origin.mayReturn === true);
    this.#forgotten = forgotten;
    const report = this.#report;
    this.#phase = new Handshake({ origin, hub, transport: this.transport, alarms, backlogs, report });
  }

  get session(): Session | undefined {
    return this.#phase instanceof Session ? this.#phase : undefined;
  }
  get isClosing(): boolean {
    return this.#isClosing;
  }
  get resumable(): Resumable | undefined {
    return this.session?.statefulReconnect;
  }

  /** Binds the actor, which has started. Starts the handshake, and listens to the transport. */
  bindActor(actor: OwningActor): void {
    this.#actor = actor;
    if (this.#phase instanceof Handshake) this.#phase.begin();
    this.transport.listen();
  }

  /** Unbinds the actor, which has crashed: it gets no events any more. */
  unbindActor(): void {
    this.#actor = undefined;
  }

  /** Sends an event to the machine; without an actor it is dropped. */
  send(event: LifecycleEvent): void {
    this.#actor?.send(event);
  }

  // --- actions of the machine

  /** Begins the session: the handshake has been accepted. */
  acceptHandshake(): void {
    const handshake = this.#phase;
    if (!(handshake instanceof Handshake) || handshake.accepted === undefined) return;
    handshake.finish();
    const { runtime, transport } = this;
    const { accepted, origin } = handshake;
    const session = new Session({ origin, handshake: accepted, runtime, transport, report: this.#report });
    this.#phase = session;
    beginSessionRecord(session, this.connectedAt, this.#openedAt);
  }

  /** Writes to the client that its handshake has not come in time. */
  cancelHandshake(): void {
    if (this.#phase instanceof Handshake) this.#phase.cancel();
  }

  /**
   * Runs the close sequence. The supervisor calls it, too, when the actor has crashed. Only the first call counts.
   * Resolves when the close sequence has finished. Never rejects.
   */
  close(reason: CloseReason): Promise<void> {
    this.#isClosing = true;
    this.#closed ??= this.#close(reason);
    return this.#closed;
  }

  // --- callbacks of the transport

  received(chunk: Buffer, endsMessage: boolean, isBinary: boolean): void {
    if (this.#isClosing) return;
    if (this.#phase instanceof Session) this.#phase.mailbox.receive(chunk, endsMessage, isBinary);
    else this.#phase.receive(chunk);
  }
  ponged(): void {
    this.session?.ponged();
  }
  holding(bytes: number): void {
    this.#phase.backlog.hold(bytes);
  }
  drained(): void {
    this.session?.drained();
  }
  endRequested(): void {
    this.send({ type: 'connection.ended', reason: closeReason('client-closed', { allowReconnect: true }) });
  }
  closed(end: TransportEnd): void {
    this.transport.ended(end);
    if (this.#isClosing) this.session?.lane.terminate();
    this.send(eventOf(end, this.session?.statefulReconnect));
  }
  credentialEnded(why: EndOfCredential): void {
    this.send({ type: 'credential.ended', reason: closeReason(why) });
  }

  async refreshed(user: User): Promise<void> {
    const phase = this.#phase;
    if (phase instanceof Handshake) phase.origin = { ...phase.origin, user };
    else {
      phase.caller.user = user;
      if (phase.onConnected.hasConnected) await runRefreshed(phase.caller, this.runtime.services.alarms);
    }
  }

  toJSON(): unknown {
    return { connectionId: this.connectionId, hub: this.runtime.hub.path };
  }

  async #close(reason: CloseReason): Promise<void> {
    const phase = this.#phase;
    if (phase instanceof Session) await closeSession(phase, this.transport, reason);
    else await closeHandshake(phase, this.runtime.hub, this.transport, reason);
    this.send({ type: 'connection.closed' });
    this.#actor = undefined;
    this.#forgotten(this);
  }
}
