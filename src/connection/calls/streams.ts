import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Alarm, Alarms } from '../../clock.ts';
import { DisconnectedError, HubError } from '../../errors.ts';
import type { CallMessage, NamedMethod, RefusedCall } from '../../hub/dispatcher.ts';
import type { ResolvedHubOptions } from '../../hub/hub-options.ts';
import type { ConnectionRates } from '../../limits/connection-rates.ts';
import { errorTexts } from '../../protocol/error-texts.ts';
import { MessageType, type StreamItemMessage } from '../../protocol/messages.ts';
import type { Backlog } from '../mailbox/backlogs.ts';
import type { Delivered, UploadMessage } from '../mailbox/queued-message.ts';
import type { Backpressure } from './backpressure.ts';
import type { Invocation } from './invocation.ts';
import { Stream, type StreamOwner, type StreamSink } from './stream.ts';
import { Upload } from './upload.ts';

export interface StreamsParts {
  readonly options: ResolvedHubOptions;
  readonly replies: StreamSink;
  readonly backpressure: Backpressure;
  readonly backlog: Backlog;
  /** undefined: items are not limited. */
  readonly rates: ConnectionRates | undefined;
  readonly alarms: Alarms;
  /** Runs a function in the next turn of the event loop. */
  readonly nextTurn: (run: () => void) => void;
  /** An item that had to wait may be tried again: its upload has room, or its rate allows it. */
  readonly roomMade: () => void;
}

/**
 * Maximum of items of one connection that are written in one turn of the event loop, so that others get their share.
 */
const ITEMS_PER_TURN = 100;

/** Streams of one connection, in both directions. */
export class Streams implements StreamOwner {
  readonly #parts: StreamsParts;
  /** By the id of the call, until the end is written. */
  readonly #streams = new Map<string, Stream>();
  /** By the id of the stream, until the client has ended it, or its call has ended. */
  readonly #uploads = new Map<string, Upload>();
  /** Number of streams of running calls; their ids may be free long before. */
  #open = 0;
  #itemsOfTurn = 0;
  #turnEnded: Promise<void> | undefined;
  /** Made for the first item that is too early. */
  #early: Alarm | undefined;

  constructor(parts: StreamsParts) {
    this.#parts = parts;
  }

  /** Reason why a call cannot begin; undefined: it can. */
  refusal(call: CallMessage, method: NamedMethod): RefusedCall | undefined {
    if (call.type === MessageType.StreamInvocation && this.#streams.has(call.invocationId)) {
      return { refusal: errorTexts.invocationIdInUse(call.invocationId), kind: 'id-in-use', method };
    }
    for (const [at, id] of call.streamIds.entries()) {
      if (this.#uploads.has(id) || call.streamIds.indexOf(id) < at) {
        return { refusal: errorTexts.streamIdInUse(method.name, id), kind: 'id-in-use', method };
      }
    }
    const { maximumParallelStreamsPerClient } = this.#parts.options;
    if (this.#open + countOf(method) > maximumParallelStreamsPerClient) {
      const refusal = errorTexts.tooManyStreams(method.name, maximumParallelStreamsPerClient);
      return { refusal, kind: 'too-many-streams', method };
    }
    return undefined;
  }

  /** Opens the streams of a call. */
  open(call: Invocation, message: CallMessage): void {
    const { method } = call;
    this.#open += countOf(method);
    if (message.type === MessageType.StreamInvocation) {
      call.stream = new Stream(message.invocationId, method, this.#parts.replies, this);
      this.#streams.set(message.invocationId, call.stream);
    }
    const { streamBufferCapacity, detailedErrors } = this.#parts.options;
    call.uploads = message.streamIds.map((id, at) => {
      const schema = method.uploads[at] as StandardSchemaV1;
      const { backlog, replies, roomMade } = this.#parts;
      const refused = (error: unknown) => replies.itemRefused(method, error);
      const more = { capacity: streamBufferCapacity, detailedErrors, backlog, roomMade, refused };
      const upload = new Upload(id, { schema, ...more });
      this.#uploads.set(id, upload);
      return upload;
    });
  }

  /** Closes the uploads of an ended call: items that still come are dropped. */
  close(call: Invocation): void {
    this.#open -= countOf(call.method);
    for (const upload of call.uploads) {
      upload.close();
      this.#forget(upload);
    }
  }

  /** Fails the uploads of a call that was answered before its method returned: the method reads no more items. */
  fail(call: Invocation, error: Error): void {
    for (const upload of call.uploads) {
      upload.fail(error);
      this.#forget(upload);
    }
  }

  /** Passes an item, or the end, to its upload. */
  deliver(message: UploadMessage): Delivered {
    const upload = this.#uploads.get(message.invocationId);
    if (message.type === MessageType.Completion) {
      if (upload === undefined) return 'unknown';
      this.#forget(upload);
      upload.end(message.error === undefined ? undefined : new HubError(message.error));
      return 'taken';
    }
    // Items that nobody wants any more cost as much as others.
    if (upload?.isFull === true || this.#isEarly(message)) return 'full';
    if (upload === undefined) return 'unknown';
    upload.push(message);
    return 'taken';
  }

  /** Whether the rate does not allow an item yet. Then `roomMade` is called when it does. */
  #isEarly({ bytes = 0 }: StreamItemMessage): boolean {
    const waitMs = this.#parts.rates?.delayItem(bytes) ?? 0;
    if (waitMs === 0) return false;
    this.#early ??= this.#parts.alarms.punctual(() => this.#parts.roomMade());
    this.#early.set(waitMs);
    return true;
  }

  /** Ends all uploads with an error: nothing more comes from the client. */
  endUploads(): void {
    for (const upload of this.#uploads.values()) upload.end(new DisconnectedError(errorTexts.connectionClosed));
    this.#uploads.clear();
  }

  /** Ends all streams to the client: it reads no more. */
  endStreams(): void {
    for (const stream of [...this.#streams.values()]) stream.stop();
  }

  /** Clears the alarm: it must not outlive the connection. */
  dispose(): void {
    this.#early?.clear();
  }

  // --- callbacks of a stream

  room(): Promise<void> | undefined {
    const relief = this.#parts.backpressure.relief();
    if (relief !== undefined) return relief;
    if (this.#itemsOfTurn >= ITEMS_PER_TURN) {
      this.#turnEnded ??= this.#turn();
      return this.#turnEnded;
    }
    this.#itemsOfTurn += 1;
    return undefined;
  }

  ended(stream: Stream): void {
    this.#streams.delete(stream.invocationId);
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.nextTurn(() => {
        this.#itemsOfTurn = 0;
        this.#turnEnded = undefined;
        resolve();
      });
    });
  }

  /** Removes an upload, unless its id belongs to a newer one by now. */
  #forget(upload: Upload): void {
    if (this.#uploads.get(upload.id) !== upload) return;
    this.#uploads.delete(upload.id);
    this.#parts.replies.idEnded(upload.id);
  }
}

/** Number of streams that a call of the method has. */
function countOf({ kind, uploads }: NamedMethod): number {
  return (kind === 'stream' ? 1 : 0) + uploads.length;
}
