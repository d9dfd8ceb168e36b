import { DisconnectedError } from '../errors.ts';
import type { HubRequest } from '../hub/connection-info.ts';
import type { AbortOptions } from '../hub/routing.ts';
import type { CloseReason } from '../protocol/close.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { RECONNECT_VERSION } from '../protocol/handshake.ts';
import type { Recipient } from '../routing/connections.ts';
import { Lane } from '../routing/lane.ts';
import type { NewConnection } from '../transports/new-connection.ts';
import { afterTransition } from './after-transition.ts';
import type { AttachedTransport } from './attached-transport.ts';
import { SessionCalls } from './calls/session-calls.ts';
import { ping } from './constant-messages.ts';
import type { AcceptedHandshake } from './handshake.ts';
import type { HubRuntime } from './hub-runtime.ts';
import { IncomingMessages } from './incoming-messages.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { Report } from './lifecycle-event.ts';
import type { Backlog, BacklogOwner } from './mailbox/backlogs.ts';
import { Mailbox } from './mailbox/mailbox.ts';
import { OnConnected } from './on-connected.ts';
import { RecordKeepAlive } from './record-keep-alive.ts';
import { SessionCaller } from './session-caller.ts';
import type { SessionContext } from './session-context.ts';
import { StatefulReconnect } from './stateful-reconnect/stateful-reconnect.ts';
import { TransportKeepAlive } from './transport-keep-alive.ts';

/**
 * Bytes that may arrive while `onConnected` runs; then the socket is paused (ASP.NET Core's ApplicationMaxBufferSize).
 */
const MAXIMUM_UNREAD_BYTES = 65_536;

export interface SessionParts {
  readonly origin: NewConnection;
  readonly runtime: HubRuntime;
  readonly transport: AttachedTransport;
  readonly handshake: AcceptedHandshake;
  readonly report: Report;
}

/**
 * The second phase of a connection: everything after its handshake. A session record in the storage is about one of
 * these.
 *
 * The machine calls `connectHub`, then `startReading`, then `ping` when one is due, `detach` when the transport is lost,
 * and `finishCalls` when the server drains. The close sequence (`close-sequence.ts`) begins with `stopReading`.
 */
export class Session implements Recipient, BacklogOwner {
  readonly connectionId: string;
  readonly caller: SessionCaller;
  readonly lane: Lane;
  readonly mailbox: Mailbox;
  readonly calls: SessionCalls;
  readonly onConnected: OnConnected;
  /** Moment at which the handshake was accepted, in milliseconds of `Alarms.realNow`. */
  readonly beganAt: number;
  /** Whether the first record to the client is the response to its handshake. */
  readonly hasHandshake: boolean;
  readonly #context: SessionContext;
  readonly #messages: IncomingMessages;
  /** undefined: the transport detects a lost client by itself. */
  readonly #keepAlive: KeepAlive | undefined;
  #isClosing = false;

  constructor(parts: SessionParts) {
    const { handshake, origin, report, runtime, transport } = parts;
    const { connectionId, request, user } = origin;
    const { hub, services } = runtime;
    const { backlog, codec, input } = handshake;
    const { alarms, turns } = services;
    this.connectionId = connectionId;
    this.beganAt = alarms.realNow();
    // The same object: a copy would take memory for as long as the session lives.
    const hubRequest: HubRequest = Object.freeze(Object.assign(request, { protocol: codec.name }));
    this.caller = new SessionCaller({ connectionId, user, request: hubRequest }, runtime, report);
    this.onConnected = new OnConnected(this.caller, alarms, report);
    const limits = hub.options.slowConsumer;
    const laneParts = { report, transport: transport.current, codec, limits, flusher: services.flusher, alarms };
    const statefulReconnect =
      origin.mayReturn === true && handshake.version >= RECONNECT_VERSION
        ? new StatefulReconnect({
            connectionId,
            userId: user?.id,
            remoteAddress: request.remoteAddress,
            lane: laneParts,
            bufferBytes: hub.options.statefulReconnectBufferBytes,
            transport,
            services,
            report,
            restartInput: () => this.#restartInput(),
          })
        : undefined;
    this.lane = statefulReconnect?.lane ?? new Lane(laneParts);
    this.hasHandshake = handshake.response !== undefined;
    if (handshake.response !== undefined) this.lane.push(handshake.response);
    if (!transport.current.keepsAlive) {
      const isReadingPaused = () => this.mailbox.isPaused || this.calls.isBlocked;
      const Kind = codec.keepAlive === 'transport' ? TransportKeepAlive : RecordKeepAlive;
      this.#keepAlive = new Kind({ alarms, options: hub.options, report, isReadingPaused });
    }
    const { caller, lane } = this;
    this.#context = { caller, lane, runtime, transport, backlog, statefulReconnect, report };
    this.calls = new SessionCalls(this.#context, this.#keepAlive, () => this.#inputEnded());
    this.#messages = new IncomingMessages(this.#context, this, this.calls, this.#keepAlive);
    const countsBytes = hub.options.rates?.bytes !== undefined;
    const sequence = statefulReconnect?.sequence;
    const records = { codec, input, limits: hub.readingLimits, countsBytes, turns, sequence };
    this.mailbox = new Mailbox({ ...records, backlog, maximumUnread: MAXIMUM_UNREAD_BYTES }, this.#messages);
    backlog.owner = this;
    runtime.connections.add(this);
  }

  get userId(): string | undefined {
    return this.caller.user?.id;
  }
  get runtime(): HubRuntime {
    return this.#context.runtime;
  }
  get backlog(): Backlog {
    return this.#context.backlog;
  }
  get statefulReconnect(): StatefulReconnect | undefined {
    return this.#context.statefulReconnect;
  }

  abort(options?: AbortOptions): void {
    this.caller.abort(options);
  }

  /** Runs `onConnected`, after the transition, and when messages of other nodes reach this connection. */
  connectHub(): void {
    this.#afterTransition(() => {
      const reached = this.runtime.whenReached(this.userId);
      if (reached === undefined) this.onConnected.begin();
      else void reached.then(() => this.#connectReached());
    });
  }

  #connectReached(): void {
    if (!this.#isClosing) this.onConnected.begin();
  }

  /** Begins to take calls, after the transition: `onConnected` has resolved. */
  startReading(): void {
    this.#afterTransition(() => this.open());
  }

  /** Begins to take calls at once. */
  open(): void {
    this.calls.open(this.mailbox);
    this.mailbox.open();
  }

  ping(): void {
    const { codec } = this.lane;
    if (codec.keepAlive === 'transport') this.#context.transport.current.ping?.();
    else this.lane.pushUnlessCongested(ping(codec));
  }

  /** Records that the client has answered a ping of the transport. */
  ponged(): void {
    this.#heardByTransport();
  }

  /** The kernel has taken what was written. */
  drained(): void {
    // The client reads. Its answer to a ping may stand behind megabytes that it has not come to.
    this.#heardByTransport();
    this.lane.drained();
  }

  #heardByTransport(): void {
    if (this.lane.codec.keepAlive === 'transport') this.#keepAlive?.heard();
  }

  /** Stops the timers of the session: the transport is lost, and the client may come back. */
  detach(): void {
    this.#keepAlive?.stop();
    this.#messages.noRecordBegun();
    this.statefulReconnect?.detach();
  }

  /** Begins no new calls: the server drains. Running calls go on. */
  finishCalls(): void {
    this.calls.finish();
  }

  /** Begins the end: nothing that arrives from now on is read, and all timers of the session stop. */
  stopReading(): void {
    this.#isClosing = true;
    this.#keepAlive?.stop();
    this.#messages.dispose();
    this.statefulReconnect?.dispose();
  }

  /** Marks the input as complete: the client has left, and nothing more will arrive. */
  endInput(): void {
    this.mailbox.end();
    this.calls.next();
  }

  /** Discards all calls that have not begun, and counts them as dead letters. */
  discardQueued(): void {
    this.calls.close();
    const calls = this.mailbox.discard();
    this.#inputEnded();
    if (calls > 0) this.runtime.services.deadLetter('call-not-run', calls, this.connectionId);
  }

  /** Ends the session, because its backlog is too large. Called for a closing one, too, while its calls still run. */
  overflowed(reason: CloseReason): void {
    this.calls.failUploads(new DisconnectedError(errorTexts.connectionClosed));
    this.#context.report({ type: 'connection.ended', reason });
    this.discardQueued();
  }

  /** Ends uploads and client results: nothing more comes from the client. */
  #inputEnded(): void {
    this.calls.endUploads();
    this.runtime.clientResults.abortInvocationsOf(this);
  }

  /** Starts anew on another transport: bytes that were not parsed are dropped, as the client sends them again. */
  #restartInput(): void {
    this.backlog.hold(0);
    this.mailbox.restart();
    if (this.mailbox.isPaused) this.#messages.pause();
    this.#keepAlive?.start();
  }

  #afterTransition(run: () => void): void {
    afterTransition(() => {
      if (!this.#isClosing) run();
    }, this.#context.report);
  }
}
