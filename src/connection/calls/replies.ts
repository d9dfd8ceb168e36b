import { ArgumentsError, HubError, isA, loggable, visibleDetail } from '../../errors.ts';
import type { CallMessage, NamedMethod, RefusedCall } from '../../hub/dispatcher.ts';
import type { MountedHub } from '../../hub/mounted-hub.ts';
import { EncodedMessage } from '../../protocol/encoded-message.ts';
import { errorTexts } from '../../protocol/error-texts.ts';
import { MessageType, type ServerMessage } from '../../protocol/messages.ts';
import type { Lane } from '../../routing/lane.ts';
import { EndedIds } from './ended-ids.ts';
import type { Invocation } from './invocation.ts';
import { aboutRefusedCall } from './refused-call.ts';
import type { ReplySink } from './reply-sink.ts';

/** Writes the replies to the calls and streams of one session, and their log lines. */
export class Replies implements ReplySink {
  readonly #connectionId: string;
  readonly #hub: MountedHub;
  readonly #lane: Lane;
  /** Made with the first ended id. */
  #ids: EndedIds | undefined;

  constructor(connectionId: string, hub: MountedHub, lane: Lane) {
    this.#connectionId = connectionId;
    this.#hub = hub;
    this.#lane = lane;
  }

  /** Ids of ended calls and streams, which the client may still name. */
  get ids(): EndedIds {
    this.#ids ??= new EndedIds();
    return this.#ids;
  }

  get isOpen(): boolean {
    return this.#lane.isOpen;
  }

  answer(invocationId: string | undefined, method: NamedMethod, result: unknown): void {
    if (invocationId === undefined || !this.#lane.isOpen) return;
    try {
      this.#write({ type: MessageType.Completion, invocationId, result });
      this.ids.remember(invocationId);
    } catch (error) {
      this.fail(invocationId, method, error);
    }
  }

  fail(invocationId: string | undefined, method: NamedMethod, error: unknown): void {
    this.#logFailure('method', method, error);
    const { detailedErrors } = this.#hub.options;
    this.#reject(invocationId, errorTexts.methodFailed(method.name, visibleDetail(error, detailedErrors)));
  }

  refuse(call: CallMessage, refused: RefusedCall): void {
    if (refused.kind !== undefined)
      this.#hub.log.refused(refused.kind)?.(aboutRefusedCall(call, refused, this.#connectionId));
    this.#reject(call.invocationId, refused.refusal);
    for (const id of call.streamIds) this.idEnded(id);
  }

  timeOut({ invocationId, limitMs, method, stream }: Invocation): void {
    const option = method.timeoutMs === undefined ? 'invocationTimeoutMs' : 'timeoutMs';
    this.#hub.log.refused('call-late')?.({ option, method: method.name, limitMs, connectionId: this.#connectionId });
    if (stream !== undefined) stream.stop(errorTexts.streamTookTooLong(limitMs));
    else this.#reject(invocationId, errorTexts.tookTooLong(method.name, limitMs));
  }

  itemRefused(method: NamedMethod, error: unknown): void {
    if (isA(ArgumentsError, error))
      this.#hub.log.refused('item-unfit')?.({ method: method.name, connectionId: this.#connectionId });
    else this.#hub.log.error({ error: loggable(error), method: method.name }, 'a schema threw');
  }

  item(invocationId: string, item: unknown): void {
    this.#write({ type: MessageType.StreamItem, invocationId, item });
  }

  completed(invocationId: string, error?: string): void {
    this.#write({ type: MessageType.Completion, invocationId, ...(error === undefined ? {} : { error }) });
    this.ids.remember(invocationId);
  }

  idEnded(id: string): void {
    this.ids.remember(id);
  }

  streamFailed(invocationId: string, method: NamedMethod, error: unknown): void {
    this.#logFailure('stream', method, error);
    const { detailedErrors } = this.#hub.options;
    this.completed(invocationId, errorTexts.streamFailed(visibleDetail(error, detailedErrors)));
  }

  streamFailedLate(method: NamedMethod, error: unknown): void {
    if (!this.#hub.log.isLevelEnabled('debug')) return;
    this.#hub.log.debug(
      { error: loggable(error), method: method.name, connectionId: this.#connectionId },
      'a stream failed after its end',
    );
  }

  notIterable(method: NamedMethod): void {
    this.#hub.log.warn(
      { method: method.name, connectionId: this.#connectionId },
      'a streaming method returned no AsyncIterable',
    );
  }

  #reject(invocationId: string | undefined, error: string): void {
    if (invocationId !== undefined) this.completed(invocationId, error);
  }

  /**
   * Logs a failure. The text of a HubError is for the client, not for the log; any other error is a fault of the
   * server.
   */
  #logFailure(what: 'method' | 'stream', method: NamedMethod, error: unknown): void {
    if (isA(HubError, error)) {
      this.#hub.log.refused(what === 'method' ? 'method-refused' : 'stream-refused')?.({
        method: method.name,
        connectionId: this.#connectionId,
      });
      return;
    }
    const line = { error: loggable(error), method: method.name, connectionId: this.#connectionId };
    this.#hub.log.warn(line, what === 'method' ? 'a method failed' : 'a stream failed');
  }

  /** @throws {SerializationError} when a value cannot be written. */
  #write(message: ServerMessage): void {
    this.#lane.push(EncodedMessage.reply(message, this.#lane.codec));
  }
}
