import { asError, HubError, isA, loggable, ProtocolError, visibleDetail } from '../errors.ts';
import type { NamedMethod } from '../hub/dispatcher.ts';
import { closeReason } from '../protocol/close.ts';
import type { Codec } from '../protocol/codec.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import { type CloseMessage, MessageType, type OutgoingMessage } from '../protocol/messages.ts';
import type { RecordBuffer } from '../protocol/record-buffer.ts';
import { Calls, type LineListener } from './calls.ts';
import type { Connection } from './connection.ts';
import { Liveness, type LivenessListener } from './liveness.ts';
import type { Delivered, MailReader, UploadMail } from './mail.ts';
import { Mailbox } from './mailbox.ts';

/** Bytes that may arrive while `onConnected` runs; then the socket waits (ASP.NET Core's ApplicationMaxBufferSize). */
const MAXIMUM_UNREAD_BYTES = 65_536;

/** One ping for everybody: pings of one turn share their bytes, as broadcasts do. */
const PINGS = new Map<Codec, EncodedMessage>();

/** What is said on a connection after the handshake: its mail, its calls and their answers. */
export class Conversation implements MailReader, LineListener, LivenessListener {
  readonly mailbox: Mailbox;
  readonly calls: Calls;
  readonly #connection: Connection;
  readonly #codec: Codec;
  /** undefined: the transport shows by itself that its client is there. */
  readonly #liveness: Liveness | undefined;
  #isOpen = false;
  #isDraining = false;

  constructor(connection: Connection, codec: Codec, input: RecordBuffer) {
    const { hub, services } = connection.host;
    this.#connection = connection;
    this.#codec = codec;
    this.mailbox = new Mailbox(
      codec,
      input,
      { maximumBytes: hub.options.maximumReceiveMessageBytes, maximumUnread: MAXIMUM_UNREAD_BYTES },
      this,
      connection.resumption?.sequence,
    );
    this.calls = new Calls(connection, this.mailbox, this, services);
    if (!connection.transport.keepsAlive) this.#liveness = new Liveness(services.alarms, hub.options, this);
  }

  /** Whether calls have been taken at all. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The hub is connected: calls are taken from now on. */
  open(stateOfConnection: unknown): void {
    this.#isOpen = true;
    this.calls.open(stateOfConnection);
    this.mailbox.open();
  }

  ping(): void {
    let ping = PINGS.get(this.#codec);
    if (ping === undefined) {
      ping = EncodedMessage.reply({ type: MessageType.Ping }, this.#codec);
      PINGS.set(this.#codec, ping);
    }
    this.#connection.lane.pass(ping);
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
  }

  /** The client has left: what has arrived is all there will be. */
  end(): void {
    this.mailbox.end();
    this.calls.next();
  }

  /** Another transport has come: what had been read and not parsed comes again by it. */
  restart(): void {
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

  // --- mail that arrives

  called(): void {
    this.calls.next();
  }
  heard(): void {
    this.#liveness?.heard();
    this.#connection.resumption?.heard();
  }
  acknowledged(number: number): void {
    this.#connection.resumption?.acknowledged(number);
  }
  pinged(): void {
    this.#liveness?.pinged();
  }
  streamed(mail: UploadMail): Delivered {
    const delivered = this.calls.deliver(mail);
    if (delivered !== 'unknown' || mail.type !== MessageType.Completion) return delivered;
    return this.#connection.host.clientResults.answer(this.#connection, mail) ? 'taken' : 'unknown';
  }
  cancelled(invocationId: string): void {
    if (!this.calls.cancel(invocationId)) this.mailbox.cancel(invocationId);
  }
  unknownId(): void {
    this.#connection.host.services.died('unknown-id', 1, this.#connection.connectionId);
  }
  closed(message: CloseMessage): void {
    const error = message.error === undefined ? undefined : new HubError(message.error);
    this.#connection.endWith(closeReason('client-closed', error === undefined ? {} : { error }));
  }
  violated(error: unknown): void {
    const name = error instanceof MessageTooLargeError ? 'message-too-large' : 'protocol-error';
    if (!(error instanceof ProtocolError)) {
      this.#connection.host.hub.log.error(
        { error: loggable(error), connectionId: this.#connection.connectionId },
        'parsing failed',
      );
    }
    this.#connection.endWith(closeReason(name, { error: asError(error) }));
  }
  pause(): void {
    this.#connection.transport.pause();
    this.#connection.resumption?.deafened();
  }
  resume(): void {
    this.#connection.transport.resume();
    this.#liveness?.heard();
  }

  // --- answers that leave

  answer(invocationId: string | undefined, method: NamedMethod, result: unknown): void {
    if (invocationId === undefined || !this.#connection.lane.isOpen) return;
    try {
      this.#write({ type: MessageType.Completion, invocationId, result });
    } catch (error) {
      this.fail(invocationId, method, error);
    }
  }
  fail(invocationId: string | undefined, method: NamedMethod, error: unknown): void {
    this.#logFailure('method', method, error);
    const { detailedErrors } = this.#connection.hub.options;
    this.refuse(invocationId, errorTexts.methodFailed(method.name, visibleDetail(error, detailedErrors)));
  }
  refuse(invocationId: string | undefined, error: string): void {
    if (invocationId !== undefined) this.completed(invocationId, error);
  }
  get isHeard(): boolean {
    return this.#connection.lane.isOpen;
  }
  item(invocationId: string, item: unknown): void {
    this.#write({ type: MessageType.StreamItem, invocationId, item });
  }
  completed(invocationId: string, error?: string): void {
    this.#write({ type: MessageType.Completion, invocationId, ...(error === undefined ? {} : { error }) });
  }
  relief(): Promise<void> | undefined {
    const { lane } = this.#connection;
    // An item in front waits for a stream to go on, perhaps for this one.
    const isWaiting = this.mailbox.isHeldUpByCalls ? lane.isCongested : lane.slowsCaller;
    return lane.isOpen && isWaiting ? lane.relief() : undefined;
  }
  streamFailed(invocationId: string, method: NamedMethod, error: unknown): void {
    this.#logFailure('stream', method, error);
    const { detailedErrors } = this.#connection.hub.options;
    this.completed(invocationId, errorTexts.streamFailed(visibleDetail(error, detailedErrors)));
  }
  streamFailedLate(method: NamedMethod, error: unknown): void {
    const { hub, connectionId } = this.#connection;
    hub.log.debug({ error: loggable(error), method: method.name, connectionId }, 'a stream failed after its end');
  }
  moved(): void {
    this.#liveness?.heard();
  }
  buried(calls: number): void {
    this.#connection.host.services.died('call-not-run', calls, this.#connection.connectionId);
  }
  over(): void {
    this.calls.endUploads();
    this.#connection.host.clientResults.left(this.#connection);
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
    const { clientTimeoutMs } = this.#connection.host.hub.options;
    const text = `Client hasn't sent a message/ping within ${clientTimeoutMs} ms (clientTimeoutMs).`;
    this.#connection.endWith(closeReason('client-timeout', { error: new Error(text) }));
  }

  /** A HubError is meant for the client; anything else is a fault that somebody should see. */
  #logFailure(what: 'method' | 'stream', method: NamedMethod, error: unknown): void {
    const { hub, connectionId } = this.#connection;
    const line = { error: loggable(error), method: method.name, connectionId };
    if (isA(HubError, error)) hub.log.debug(line, `a ${what} refused`);
    else hub.log.warn(line, `a ${what} failed`);
  }

  /** @throws {SerializationError} when a value cannot be written. */
  #write(message: OutgoingMessage): void {
    this.#connection.lane.push(EncodedMessage.reply(message, this.#codec));
  }
}
