import { asError, HubError, loggable, ProtocolError } from '../errors.ts';
import { Frequency } from '../limits/frequency.ts';
import { closeReason } from '../protocol/close.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import { type CloseMessage, type MalformedMessage, MessageType } from '../protocol/messages.ts';
import type { Recipient } from '../routing/connections.ts';
import { UNFINISHED_MS, UnfinishedLimit } from '../transports/unfinished-limit.ts';
import type { SessionCalls } from './calls/session-calls.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { MailboxListener } from './mailbox/mailbox-listener.ts';
import type { Delivered, UploadMessage } from './mailbox/queued-message.ts';
import type { SessionContext } from './session-context.ts';

/** Number of malformed records that a client may send within `MALFORMED_MS`; the next one ends its connection. */
const MAXIMUM_MALFORMED = 99;
const MALFORMED_MS = 10_000;
const TOO_MANY_MALFORMED = `The client has sent ${MAXIMUM_MALFORMED + 1} messages within ${MALFORMED_MS} ms that mean nothing.`;

/** Callbacks of a session's mailbox: each kind of message goes to the part that it is for. */
export class IncomingMessages implements MailboxListener {
  readonly #context: SessionContext;
  readonly #recipient: Recipient;
  readonly #calls: SessionCalls;
  readonly #keepAlive: KeepAlive | undefined;
  /** Made with the first record that has arrived in part only. */
  #unfinished: UnfinishedLimit | undefined;
  /** Made with the first malformed record. */
  #malformed: Frequency | undefined;
  #isClosing = false;

  /** @param recipient The session, as other parts of the server know it. */
  constructor(context: SessionContext, recipient: Recipient, calls: SessionCalls, keepAlive: KeepAlive | undefined) {
    this.#context = context;
    this.#recipient = recipient;
    this.#calls = calls;
    this.#keepAlive = keepAlive;
  }

  /** Stops the time limit of an unfinished record, for good: the session closes. */
  dispose(): void {
    this.#isClosing = true;
    this.noRecordBegun();
  }

  queued(): void {
    this.#calls.next();
  }
  heard(): void {
    this.#keepAlive?.heard();
    this.#context.statefulReconnect?.heard();
  }
  recordBegun(isAnother: boolean): void {
    const { report, runtime, transport } = this.#context;
    // The rest of the record will not be read.
    if (this.#isClosing || transport.end !== undefined) return;
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
    this.#context.statefulReconnect?.lane.acknowledged(number);
  }
  malformed({ answer, reason }: MalformedMessage): void {
    const { caller, lane, runtime } = this.#context;
    const { connectionId, hub } = caller;
    this.#malformed ??= new Frequency(MAXIMUM_MALFORMED, MALFORMED_MS);
    if (!this.#malformed.take(runtime.services.alarms.realNow())) throw new ProtocolError(TOO_MANY_MALFORMED);
    hub.log.refused('malformed-message')?.({ reason, connectionId });
    lane.push(EncodedMessage.raw(answer, lane.codec));
  }
  pinged(): void {
    this.#keepAlive?.pinged();
  }
  uploaded(message: UploadMessage): Delivered {
    const delivered = this.#calls.deliver(message);
    if (delivered !== 'unknown' || message.type !== MessageType.Completion) return delivered;
    return this.#context.runtime.clientResults.complete(this.#recipient, message) ? 'taken' : 'unknown';
  }
  cancelled(invocationId: string): boolean {
    return this.#calls.cancel(invocationId);
  }
  unknownId({ invocationId: id, isAbsent }: { readonly invocationId: string; readonly isAbsent?: true }): void {
    const { caller, lane, runtime } = this.#context;
    if (lane.codec.isListenOnly === true) return;
    runtime.services.deadLetter('unknown-id', 1, caller.connectionId);
    const { endedIds } = this.#calls;
    if (endedIds.has(id) || runtime.clientResults.hasInvoked(this.#recipient, id)) return;
    if (isAbsent) throw new ProtocolError(errorTexts.itemMissing);
    endedIds.countUnknown();
  }
  closing(message: CloseMessage): void {
    const error = message.error === undefined ? undefined : new HubError(message.error);
    const reason = closeReason('client-closed', error === undefined ? {} : { error });
    this.#context.report({ type: 'connection.ended', reason });
  }
  unreadable(error: unknown): void {
    const { caller, report, runtime } = this.#context;
    const name = error instanceof MessageTooLargeError ? 'message-too-large' : 'protocol-error';
    if (!(error instanceof ProtocolError)) {
      const { connectionId } = caller;
      runtime.hub.log.error({ error: loggable(error), connectionId }, 'parsing failed');
    }
    report({ type: 'connection.ended', reason: closeReason(name, { error: asError(error) }) });
  }
  pause(): void {
    this.#context.transport.current.pause();
  }
  resume(): void {
    this.#context.transport.current.resume();
    this.#keepAlive?.heard();
  }
}
