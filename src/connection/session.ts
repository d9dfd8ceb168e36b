import { asError, DisconnectedError, HubError, loggable, ProtocolError } from '../errors.ts';
import { type CloseReason, closeReason } from '../protocol/close.ts';
import type { Codec } from '../protocol/codec.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import { type CloseMessage, MessageType } from '../protocol/messages.ts';
import type { RecordBuffer } from '../protocol/record-buffer.ts';
import { UNFINISHED_MS, UnfinishedLimit } from '../transports/unfinished-limit.ts';
import { CallQueue, type CallQueueListener } from './calls/call-queue.ts';
import { Replies } from './calls/replies.ts';
import type { Connection } from './connection.ts';
import { ping } from './constant-messages.ts';
import { KeepAlive, type KeepAliveListener } from './keep-alive.ts';
import type { Backlog, BacklogOwner } from './mailbox/backlogs.ts';
import { Mailbox } from './mailbox/mailbox.ts';
import type { Delivered, MailboxListener, UploadMessage } from './mailbox/queued-message.ts';

/** Bytes that may arrive while `onConnected` runs; then the socket waits (ASP.NET Core's ApplicationMaxBufferSize). */
const MAXIMUM_UNREAD_BYTES = 65_536;

/** What is said on a connection after the handshake: who hears its mail, and what becomes of it. */
export class Session implements MailboxListener, CallQueueListener, KeepAliveListener, BacklogOwner {
  readonly mailbox: Mailbox;
  readonly calls: CallQueue;
  readonly backlog: Backlog;
  /** When the handshake was accepted, on the clock of alarms. */
  readonly beganAt: number;
  readonly #connection: Connection;
  readonly #codec: Codec;
  readonly #answers: Replies;
  /** undefined: the transport shows by itself that its client is there. */
  readonly #liveness: KeepAlive | undefined;
  /** Made for the first record that is not whole when its bytes have been read. */
  #unfinished: UnfinishedLimit | undefined;
  #isOpen = false;
  #isDraining = false;

  /** @param backlog The bytes in `input` count there already. */
  constructor(connection: Connection, codec: Codec, input: RecordBuffer, backlog: Backlog) {
    const { hub, services } = connection.runtime;
    this.backlog = backlog;
    this.beganAt = services.alarms.now();
    backlog.owner = this;
    this.#connection = connection;
    this.#codec = codec;
    const records = { codec, input, limits: hub.readingLimits, turns: services.turns };
    const sequence = connection.statefulReconnect?.sequence;
    this.mailbox = new Mailbox({ ...records, sequence, backlog, maximumUnread: MAXIMUM_UNREAD_BYTES }, this);
    const answers = new Replies(connection, codec);
    this.#answers = answers;
    this.calls = new CallQueue({ connection, source: this.mailbox, listener: this, answers, backlog, services });
    if (!connection.transport.keepsAlive) this.#liveness = new KeepAlive(services.alarms, hub.options, this);
  }

  get connectionId(): string {
    return this.#connection.connectionId;
  }
  /** Whether calls have been taken at all. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The hub is connected: calls are taken from now on. */
  open(): void {
    this.#isOpen = true;
    this.calls.open();
    this.mailbox.open();
  }

  ping(): void {
    this.#connection.lane.pushUnlessCongested(ping(this.#codec));
  }

  /** Nothing new begins; the machine hears when the last running call has ended. */
  finishCalls(): void {
    this.#isDraining = true;
    this.calls.finish();
    if (this.calls.active === 0) this.finished();
  }

  /** Nobody is heard or pinged. */
  silence(): void {
    this.#liveness?.stop();
    this.#unfinished?.clear();
  }

  /** The client has left: what has arrived is all there will be. */
  end(): void {
    this.mailbox.end();
    this.calls.next();
  }

  /** Another transport has come: what had been read and not parsed comes again by it. */
  restart(): void {
    this.backlog.hold(0);
    this.mailbox.restart();
    if (this.mailbox.isPaused) this.#connection.transport.pause();
    this.#liveness?.start();
  }

  /** Throws away what has not begun. @returns how many calls that were. */
  discard(): number {
    this.calls.stop();
    const calls = this.mailbox.discard();
    this.over();
    return calls;
  }

  /** Also of a connection that ends already, and whose mail still runs. */
  overflowed(reason: CloseReason): void {
    this.calls.failUploads(new DisconnectedError(errorTexts.connectionClosed));
    this.#connection.endWith(reason);
    const calls = this.discard();
    if (calls > 0) this.#connection.runtime.services.deadLetter('call-not-run', calls, this.connectionId);
  }

  // --- mail that arrives

  called(): void {
    this.calls.next();
  }
  heard(): void {
    this.#liveness?.heard();
    this.#connection.statefulReconnect?.heard();
  }
  recordBegun(isAnother: boolean): void {
    const { runtime, isEnding, transportEnd } = this.#connection;
    // Nobody reads the rest of it.
    if (isEnding || transportEnd !== undefined) return;
    this.#unfinished ??= new UnfinishedLimit(runtime.services.alarms, () => {
      const error = new ProtocolError(`A record was begun and not finished within ${UNFINISHED_MS} ms.`);
      this.#connection.endWith(closeReason('protocol-error', { error }));
    });
    this.#unfinished.begin(isAnother);
  }
  noRecordBegun(): void {
    this.#unfinished?.clear();
  }
  acknowledged(number: number): void {
    this.#connection.statefulReconnect?.acknowledged(number);
  }
  pinged(): void {
    this.#liveness?.pinged();
  }
  streamed(mail: UploadMessage): Delivered {
    const delivered = this.calls.deliver(mail);
    if (delivered !== 'unknown' || mail.type !== MessageType.Completion) return delivered;
    return this.#connection.runtime.clientResults.complete(this.#connection, mail) ? 'taken' : 'unknown';
  }
  cancelled(invocationId: string): void {
    if (!this.calls.cancel(invocationId) && !this.mailbox.cancel(invocationId)) this.unknownId({ invocationId });
  }
  unknownId({ invocationId: id, isAbsent }: { readonly invocationId: string; readonly isAbsent?: true }): void {
    this.tooLate();
    if (this.#answers.ids.has(id) || this.#connection.runtime.clientResults.hasInvoked(this.#connection, id)) return;
    if (isAbsent) throw new ProtocolError(errorTexts.itemMissing);
    this.#answers.ids.strange();
  }
  closed(message: CloseMessage): void {
    const error = message.error === undefined ? undefined : new HubError(message.error);
    this.#connection.endWith(closeReason('client-closed', error === undefined ? {} : { error }));
  }
  violated(error: unknown): void {
    const name = error instanceof MessageTooLargeError ? 'message-too-large' : 'protocol-error';
    if (!(error instanceof ProtocolError)) {
      this.#connection.runtime.hub.log.error(
        { error: loggable(error), connectionId: this.#connection.connectionId },
        'parsing failed',
      );
    }
    this.#connection.endWith(closeReason(name, { error: asError(error) }));
  }
  pause(): void {
    this.#connection.transport.pause();
  }
  resume(): void {
    this.#connection.transport.resume();
    this.#liveness?.heard();
  }

  // --- calls that come and go

  moved(): void {
    this.#liveness?.heard();
  }
  tooLate(): void {
    this.#connection.runtime.services.deadLetter('unknown-id', 1, this.#connection.connectionId);
  }
  over(): void {
    this.calls.endUploads();
    this.#connection.runtime.clientResults.abortInvocationsOf(this.#connection);
  }
  finished(): void {
    if (this.#isDraining) this.#connection.tell({ type: 'calls.finished', reason: closeReason('server-draining') });
  }

  // --- time that passes

  get isHoldingUp(): boolean {
    return this.mailbox.isPaused || this.calls.isBlocked;
  }
  keepAliveDue(): void {
    this.#connection.tell({ type: 'keepAlive.due' });
  }
  clientSilent(): void {
    const { clientTimeoutMs } = this.#connection.runtime.hub.options;
    const text = `Client hasn't sent a message/ping within ${clientTimeoutMs} ms (clientTimeoutMs).`;
    this.#connection.endWith(closeReason('client-timeout', { error: new Error(text) }));
  }
}
