import { ArgumentsError, HubError, isA, loggable, visibleDetail } from '../../errors.ts';
import type { CallMessage, NamedMethod, RefusedCall } from '../../hub/dispatcher.ts';
import type { Codec } from '../../protocol/codec.ts';
import { EncodedMessage } from '../../protocol/encoded-message.ts';
import { errorTexts } from '../../protocol/error-texts.ts';
import { MessageType, type ServerMessage } from '../../protocol/messages.ts';
import type { Connection } from '../connection.ts';
import { EndedIds } from './ended-ids.ts';
import type { Invocation } from './invocation.ts';
import type { ReplySink } from './invocations.ts';
import { aboutRefusedCall } from './refused-call.ts';

/** What the calls and streams of one connection say to its client. */
export class Replies implements ReplySink {
  readonly #connection: Connection;
  readonly #codec: Codec;
  /** Made for the first of them. */
  #ids: EndedIds | undefined;

  constructor(connection: Connection, codec: Codec) {
    this.#connection = connection;
    this.#codec = codec;
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

  /** Not when the lane has ended: nothing comes to it any more, and the calls of who has left run all the same. */
  get isOverfull(): boolean {
    const { lane } = this.#connection;
    return lane.isOpen && lane.isOverfull;
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
    this.#refuse(invocationId, errorTexts.methodFailed(method.name, visibleDetail(error, detailedErrors)));
  }

  turnAway(call: CallMessage, refused: RefusedCall): void {
    const { hub, connectionId } = this.#connection;
    if (refused.kind !== undefined) hub.log.refused(refused.kind)?.(aboutRefusedCall(call, refused, connectionId));
    this.#refuse(call.invocationId, refused.refusal);
    for (const id of call.streamIds) this.over(id);
  }

  late({ invocationId, limitMs, method, stream }: Invocation): void {
    const { hub, connectionId } = this.#connection;
    const option = method.timeoutMs === undefined ? 'invocationTimeoutMs' : 'timeoutMs';
    hub.log.refused('call-late')?.({ option, method: method.name, limitMs, connectionId });
    if (stream !== undefined) stream.stop(errorTexts.streamTookTooLong(limitMs));
    else this.#refuse(invocationId, errorTexts.tookTooLong(method.name, limitMs));
  }

  itemRefused(method: NamedMethod, error: unknown): void {
    const { hub, connectionId } = this.#connection;
    if (isA(ArgumentsError, error)) hub.log.refused('item-unfit')?.({ method: method.name, connectionId });
    else hub.log.error({ error: loggable(error), method: method.name }, 'a schema threw');
  }

  relief(): Promise<void> | undefined {
    const { lane } = this.#connection;
    return lane.isOpen && lane.isBusy ? lane.relief() : undefined;
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
    if (!hub.log.isLevelEnabled('debug')) return;
    hub.log.debug({ error: loggable(error), method: method.name, connectionId }, 'a stream failed after its end');
  }

  notIterable(method: NamedMethod): void {
    const { hub, connectionId } = this.#connection;
    hub.log.warn({ method: method.name, connectionId }, 'a streaming method returned no AsyncIterable');
  }

  #refuse(invocationId: string | undefined, error: string): void {
    if (invocationId !== undefined) this.completed(invocationId, error);
  }

  /** A HubError is meant for the client, and its text stays out of the log; anything else is a fault that somebody should see. */
  #logFailure(what: 'method' | 'stream', method: NamedMethod, error: unknown): void {
    const { hub, connectionId } = this.#connection;
    if (isA(HubError, error)) {
      hub.log.refused(what === 'method' ? 'method-refused' : 'stream-refused')?.({ method: method.name, connectionId });
      return;
    }
    const line = { error: loggable(error), method: method.name, connectionId };
    hub.log.warn(line, what === 'method' ? 'a method failed' : 'a stream failed');
  }

  /** @throws {SerializationError} when a value cannot be written. */
  #write(message: ServerMessage): void {
    this.#connection.lane.push(EncodedMessage.reply(message, this.#codec));
  }
}
