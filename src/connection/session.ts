import type { HubRequest, TransportRequest, User } from '../hub/connection-info.ts';
import type { AbortOptions } from '../hub/routing.ts';
import { closeReason } from '../protocol/close.ts';
import { RECONNECT_VERSION } from '../protocol/handshake.ts';
import type { Recipient } from '../routing/connections.ts';
import { Lane } from '../routing/lane.ts';
import { afterTransition } from './after-transition.ts';
import type { AttachedTransport } from './attached-transport.ts';
import { ClientInput } from './client-input.ts';
import { handshakeAccepted, ping } from './constant-messages.ts';
import type { AcceptedHandshake } from './handshake.ts';
import type { HubRuntime } from './hub-runtime.ts';
import type { Report } from './lifecycle-event.ts';
import type { Backlog } from './mailbox/backlogs.ts';
import { OnConnected } from './on-connected.ts';
import { SessionCaller } from './session-caller.ts';
import { StatefulReconnect } from './stateful-reconnect/stateful-reconnect.ts';

export interface SessionParts {
  readonly connectionId: string;
  readonly user: User | null;
  readonly request: TransportRequest;
  /** Whether stateful reconnect was negotiated, and the transport supports it. */
  readonly mayReturn: boolean;
  readonly runtime: HubRuntime;
  readonly transport: AttachedTransport;
  readonly handshake: AcceptedHandshake;
  readonly report: Report;
}

/**
 * The second phase of a connection: everything after its handshake. A session record in the storage is about one of
 * these.
 *
 * The machine calls `connectHub`, then `startReading`, then `ping` when one is due, and `detach` when the transport is
 * lost. The close sequence (`close-sequence.ts`) begins with `stopReading`.
 */
export class Session implements Recipient {
  readonly connectionId: string;
  readonly runtime: HubRuntime;
  readonly caller: SessionCaller;
  readonly lane: Lane;
  readonly input: ClientInput;
  readonly onConnected: OnConnected;
  /** undefined: the client cannot come back, because stateful reconnect was not negotiated. */
  readonly statefulReconnect: StatefulReconnect | undefined;
  /** Moment at which the handshake was accepted, in milliseconds of `Alarms.now`. */
  readonly beganAt: number;
  readonly #report: Report;
  #isOpen = false;
  #isClosing = false;

  constructor(parts: SessionParts) {
    const { connectionId, handshake, report, request, runtime, transport, user } = parts;
    const { hub, services } = runtime;
    const { codec, version } = handshake;
    const { alarms, flusher } = services;
    this.connectionId = connectionId;
    this.runtime = runtime;
    this.#report = report;
    this.beganAt = alarms.now();
    // The same object: a copy would take memory for as long as the session lives.
    const hubRequest: HubRequest = Object.freeze(Object.assign(request, { protocol: codec.name }));
    this.caller = new SessionCaller(connectionId, user, hubRequest, hub, report);
    this.onConnected = new OnConnected(this.caller, alarms, report);
    const owner = {
      disconnectSlow: (text: string) =>
        report({ type: 'connection.ended', reason: closeReason('slow-consumer', { error: new Error(text) }) }),
      congested: () => report({ type: 'lane.congested' }),
      relieved: () => report({ type: 'lane.relieved' }),
    };
    const limits = hub.options.slowConsumer;
    const lane = { owner, transport: transport.current, codec, limits, flusher, alarms };
    if (parts.mayReturn && version >= RECONNECT_VERSION) {
      this.statefulReconnect = new StatefulReconnect({
        connectionId,
        userId: user?.id,
        remoteAddress: request.remoteAddress,
        lane,
        bufferBytes: hub.options.statefulReconnectBufferBytes,
        transport,
        services,
        report,
        restartInput: () => this.input.restart(),
      });
    }
    this.lane = this.statefulReconnect?.lane ?? new Lane(lane);
    this.lane.push(handshakeAccepted(codec));
    const { statefulReconnect } = this;
    const { caller } = this;
    this.input = new ClientInput({ caller, recipient: this, runtime, transport, handshake, statefulReconnect, report });
    runtime.connections.add(this);
  }

  get userId(): string | undefined {
    return this.caller.user?.id;
  }
  get backlog(): Backlog {
    return this.input.backlog;
  }
  /** Whether the session has begun to take calls. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  abort(options?: AbortOptions): void {
    this.caller.abort(options);
  }

  /** Runs `onConnected`, after the transition. */
  connectHub(): void {
    this.#afterTransition(() => this.onConnected.begin());
  }

  /** Begins to take calls, after the transition: `onConnected` has resolved. */
  startReading(): void {
    this.#afterTransition(() => this.open());
  }

  /** Begins to take calls at once. */
  open(): void {
    this.#isOpen = true;
    this.input.open();
  }

  ping(): void {
    this.lane.pushUnlessCongested(ping(this.lane.codec));
  }

  /** Stops the timers of the session: the transport is lost, and the client may come back. */
  detach(): void {
    this.input.stopClocks();
    this.statefulReconnect?.detach();
  }

  /** Begins the end: nothing that arrives from now on is read, and all timers of the session stop. */
  stopReading(): void {
    this.#isClosing = true;
    this.input.stopReading();
    this.statefulReconnect?.dispose();
  }

  #afterTransition(run: () => void): void {
    afterTransition(() => {
      if (!this.#isClosing) run();
    }, this.#report);
  }
}
