import { HubError, isA, loggable, visibleDetail } from '../errors.ts';
import type { NamedMethod } from '../hub/dispatcher.ts';
import type { Codec } from '../protocol/codec.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { MessageType, type OutgoingMessage } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';
import { EndedIds } from './ended-ids.ts';
import type { Mailbox } from './mailbox.ts';
import type { CallSink } from './running-calls.ts';

/** What the calls and streams of one connection say to its client. */
export class Answers implements CallSink {
  readonly #connection: Connection;
  readonly #codec: Codec;
  readonly #mailbox: Mailbox;
  /** Made for the first of them. */
  #ids: EndedIds | undefined;

  constructor(connection: Connection, codec: Codec, mailbox: Mailbox) {
    this.#connection = connection;
    this.#codec = codec;
    this.#mailbox = mailbox;
  }

  /** Those that the client may still speak of. */
  get ids(): EndedIds {
    this.#ids ??= new EndedIds();
    return this.#ids;
  }

  get isHeard(): boolean {
    return this.#connection.lane.isOpen;
  }

  get isTurnFull(): boolean {
    return this.#connection.lane.isTurnFull;
  }

  answer(invocationId: string | undefined, method: NamedMethod, result: unknown): void {
    if (invocationId === undefined || !this.#connection.lane.isOpen) return;
    try {
      this.#write({ type: MessageType.Completion, invocationId, result });
      this.ids.remember(invocationId);
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

  relief(): Promise<void> | undefined {
    const { lane } = this.#connection;
    // An item in front waits for a stream to go on, perhaps for this one.
    const isWaiting = this.#mailbox.isHeldUpByCalls ? lane.isBusy : lane.slowsCaller;
    return lane.isOpen && isWaiting ? lane.relief() : undefined;
  }

  item(invocationId: string, item: unknown): void {
    this.#write({ type: MessageType.StreamItem, invocationId, item });
  }

  completed(invocationId: string, error?: string): void {
    this.#write({ type: MessageType.Completion, invocationId, ...(error === undefined ? {} : { error }) });
    this.ids.remember(invocationId);
  }

  over(id: string): void {
    this.ids.remember(id);
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

  /** A HubError is meant for the client; anything else is a fault that somebody should see. */
  #logFailure(what: 'method' | 'stream', method: NamedMethod, error: unknown): void {
    const { hub, connectionId } = this.#connection;
    const line = { error: loggable(error), method: method.name, connectionId };
    if (isA(HubError, error)) hub.log.debug(line, `a ${what} refused`);
    else hub.log.warn(line, what === 'method' ? 'a method failed' : 'a stream failed');
  }

  /** @throws {SerializationError} when a value cannot be written. */
  #write(message: OutgoingMessage): void {
    this.#connection.lane.push(EncodedMessage.reply(message, this.#codec));
  }
}
