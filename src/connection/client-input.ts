import { asError, DisconnectedError, HubError, loggable, ProtocolError } from '../errors.ts';
import { type CloseReason, closeReason } from '../protocol/close.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import { type CloseMessage, MessageType } from '../protocol/messages.ts';
import type { Recipient } from '../routing/connections.ts';
import { UNFINISHED_MS, UnfinishedLimit } from '../transports/unfinished-limit.ts';
import type { AttachedTransport } from './attached-transport.ts';
import { Backpressure } from './calls/backpressure.ts';
import { CallQueue } from './calls/call-queue.ts';
import { Invocations } from './calls/invocations.ts';
import { Replies } from './calls/replies.ts';
import { Streams } from './calls/streams.ts';
import type { AcceptedHandshake } from './handshake.ts';
import type { HubRuntime } from './hub-runtime.ts';
import { KeepAlive } from './keep-alive.ts';
import type { Report } from './lifecycle-event.ts';
import type { Backlog, BacklogOwner } from './mailbox/backlogs.ts';
import { Mailbox } from './mailbox/mailbox.ts';
import type { MailboxListener } from './mailbox/mailbox-listener.ts';
import type { Delivered, UploadMessage } from './mailbox/queued-message.ts';
import type { SessionCaller } from './session-caller.ts';
import type { StatefulReconnect } from './stateful-reconnect/stateful-reconnect.ts';

/**
 * Bytes that may arrive while `onConnected` runs; then the socket is paused (ASP.NET Core's ApplicationMaxBufferSize).
 */
const MAXIMUM_UNREAD_BYTES = 65_536;

export interface ClientInputParts {
  readonly caller: SessionCaller;
  readonly recipient: Recipient;
  readonly runtime: HubRuntime;
  readonly transport: AttachedTransport;
  readonly handshake: AcceptedHandshake;
  readonly statefulReconnect: StatefulReconnect | undefined;
  readonly report: Report;
}

/** Input of one session: turns bytes of the client into messages, and messages into running calls and streams. */
export class ClientInput implements MailboxListener, BacklogOwner {
  readonly mailbox: Mailbox;
  readonly calls: CallQueue;
  readonly invocations: Invocations;
  readonly streams: Streams;
  readonly #parts: ClientInputParts;
  readonly #replies: Replies;
  /** undefined: the transport detects a lost client by itself. */
  readonly #keepAlive: KeepAlive | undefined;
  /** Made with the first record that has arrived in part only. */
  #unfinished: UnfinishedLimit | undefined;
  #isClosing = false;

  constructor(parts: ClientInputParts) {
    const { caller, handshake, recipient, report, runtime, statefulReconnect, transport } = parts;
    const { hub, services } = runtime;
    const { backlog, codec, input } = handshake;
    const { alarms, nextTurn, turns } = services;
    const replies = new Replies(caller.connectionId, hub, recipient.lane);
    const backpressure = new Backpressure(recipient.lane);
    const next = () => this.calls.next();
    this.#parts = parts;
    this.#replies = replies;
    backlog.owner = this;
    const roomMade = () => queueMicrotask(next);
    this.streams = new Streams({ options: hub.options, replies, backpressure, backlog, nextTurn, roomMade });
    const listener = { freed: next, idle: () => this.calls.invocationsIdle() };
    this.invocations = new Invocations({ caller, replies, streams: this.streams, services, listener });
    const sequence = statefulReconnect?.sequence;
    const records = { codec, input, limits: hub.readingLimits, turns, sequence };
    this.mailbox = new Mailbox({ ...records, backlog, maximumUnread: MAXIMUM_UNREAD_BYTES }, this);
    this.calls = new CallQueue({
      caller,
      source: this.mailbox,
      invocations: this.invocations,
      streams: this.streams,
      replies,
      backpressure,
      services,
      report,
      unblocked: () => this.#keepAlive?.heard(),
      inputEnded: () => this.#inputEnded(),
    });
    const isReadingPaused = () => this.mailbox.isPaused || this.calls.isBlocked;
    if (!transport.current.keepsAlive) {
      this.#keepAlive = new KeepAlive({ alarms, options: hub.options, report, isReadingPaused });
    }
  }

  get backlog(): Backlog {
    return this.#parts.handshake.backlog;
  }
  get connectionId(): string {
    return this.#parts.caller.connectionId;
  }

  /** Begins to parse and to take calls: `onConnected` has resolved. */
  open(): void {
    this.calls.open();
    this.mailbox.open();
  }

  /** Stops all timers of the client, for good: the session closes, and nothing that arrives from now on is read. */
  stopReading(): void {
    this.#isClosing = true;
    this.stopClocks();
  }

  /** Stops pings and time limits of the client; also used while there is no transport. */
  stopClocks(): void {
    this.#keepAlive?.stop();
    this.#unfinished?.clear();
  }

  /** Starts anew on another transport: bytes that were not parsed are dropped, as the client sends them again. */
  restart(): void {
    this.backlog.hold(0);
    this.mailbox.restart();
    if (this.mailbox.isPaused) this.pause();
    this.#keepAlive?.start();
  }

  /** Marks the input as complete: the client has left, and nothing more will arrive. */
  end(): void {
    this.mailbox.end();
    this.calls.next();
  }

  /** Discards all calls that have not begun, and counts them as dead letters. */
  discardQueued(): void {
    this.calls.close();
    const calls = this.mailbox.discard();
    this.#inputEnded();
    if (calls > 0) this.#parts.runtime.services.deadLetter('call-not-run', calls, this.connectionId);
  }

  /** Clears the alarms: none may outlive the session. */
  dispose(): void {
    this.calls.close();
    this.invocations.dispose();
  }

  // --- callbacks of the backlog

  /** Ends the session. Called for a closing one, too, while its calls still run. */
  overflowed(reason: CloseReason): void {
    this.invocations.failUploads(new DisconnectedError(errorTexts.connectionClosed));
    this.#parts.report({ type: 'connection.ended', reason });
    this.discardQueued();
  }

  // --- callbacks of the mailbox

  queued(): void {
    this.calls.next();
  }
  heard(): void {
    this.#keepAlive?.heard();
    this.#parts.statefulReconnect?.heard();
  }
  recordBegun(isAnother: boolean): void {
    // The rest of the record will not be read.
    if (this.#isClosing || this.#parts.transport.end !== undefined) return;
    const { report, runtime } = this.#parts;
    this.#unfinished ??= new UnfinishedLimit(runtime.services.alarms, () => {
      const error = new ProtocolError(`A record was begun and not finished within ${UNFINISHED_MS} ms.`);
      report({ type: 'connection.ended', reason: closeReason('protocol-error', { error }) });
    });
    this.#unfinished.begin(isAnother);
  }
  noRecordBegun(): void {
    this.#unfinished?.clear();
  }
  acknowledged(number: number): void {
    this.#parts.statefulReconnect?.acknowledged(number);
  }
  pinged(): void {
    this.#keepAlive?.pinged();
  }
  uploaded(message: UploadMessage): Delivered {
    const delivered = this.streams.deliver(message);
    if (delivered !== 'unknown' || message.type !== MessageType.Completion) return delivered;
    return this.#parts.runtime.clientResults.complete(this.#parts.recipient, message) ? 'taken' : 'unknown';
  }
  cancelled(invocationId: string): boolean {
    return this.invocations.cancel(invocationId);
  }
  unknownId({ invocationId: id, isAbsent }: { readonly invocationId: string; readonly isAbsent?: true }): void {
    const { recipient, runtime } = this.#parts;
    runtime.services.deadLetter('unknown-id', 1, this.connectionId);
    if (this.#replies.ids.has(id) || runtime.clientResults.hasInvoked(recipient, id)) return;
    if (isAbsent) throw new ProtocolError(errorTexts.itemMissing);
    this.#replies.ids.countUnknown();
  }
  closing(message: CloseMessage): void {
    const error = message.error === undefined ? undefined : new HubError(message.error);
    const reason = closeReason('client-closed', error === undefined ? {} : { error });
    this.#parts.report({ type: 'connection.ended', reason });
  }
  unreadable(error: unknown): void {
    const name = error instanceof MessageTooLargeError ? 'message-too-large' : 'protocol-error';
    if (!(error instanceof ProtocolError)) {
      const { connectionId } = this;
      this.#parts.runtime.hub.log.error({ error: loggable(error), connectionId }, 'parsing failed');
    }
    this.#parts.report({ type: 'connection.ended', reason: closeReason(name, { error: asError(error) }) });
  }
  pause(): void {
    this.#parts.transport.current.pause();
  }
  resume(): void {
    this.#parts.transport.current.resume();
    this.#keepAlive?.heard();
  }

  /** Ends uploads and client results: nothing more comes from the client. */
  #inputEnded(): void {
    this.streams.endUploads();
    this.#parts.runtime.clientResults.abortInvocationsOf(this.#parts.recipient);
  }
}
