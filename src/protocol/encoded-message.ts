import type { Codec } from './codec.ts';
import { isTracked, type ServerMessage } from './messages.ts';
import type { GroupPosition } from './position.ts';

/**
 * Policies of a full lane for one more message: disconnect its client, or drop the oldest message that may be dropped,
 * or the newest, or the newest of the sender that has most bytes waiting there. The first is the default.
 */
export const SLOW_CONSUMER_POLICIES = ['disconnect', 'dropOldest', 'dropNewest', 'dropGreediest'] as const;
export type SlowConsumerPolicy = (typeof SLOW_CONSUMER_POLICIES)[number];

/** Options of one message. */
export interface SendOptions {
  /** Key of conflation: only the newest of the messages with this key that wait for a client is kept. */
  readonly conflate?: string;
  /** Policy of a full lane for this message, instead of the hub's `slowConsumer.policy`. */
  readonly policy?: SlowConsumerPolicy;
}

/** The same, as a message keeps them. */
export type OptionsOfMessage = { readonly [Name in keyof SendOptions]: SendOptions[Name] | undefined };

/** The record of a message in one protocol. */
export interface Encoding {
  readonly codec: Codec;
  readonly bytes: Buffer;
}

const NO_OPTIONS: OptionsOfMessage = { conflate: undefined, policy: undefined };

/**
 * A message as bytes, encoded once for each protocol, however many connections it goes to. It is encoded when it is
 * sent: later changes of its arguments by the sender do not change the message.
 */
export class EncodedMessage {
  /** The first encoding, mostly the only one. It has fields of its own, because every lane of a broadcast reads it. */
  #codec: Codec | undefined;
  #bytes: Buffer | undefined;
  #others: Encoding[] | undefined;
  #position: GroupPosition | undefined;
  /** Whether it may be dropped for a slow client. A completion may not: its caller would wait for ever. */
  readonly droppable: boolean;
  /** Whether stateful reconnect numbers it. */
  readonly tracked: boolean;
  readonly conflate: string | undefined;
  readonly policy: SlowConsumerPolicy | undefined;
  /** The id of the sending connection; undefined: the server itself, which is a sender like any other. */
  readonly sender: string | undefined;

  private constructor(droppable: boolean, tracked: boolean, options: OptionsOfMessage, sender?: string) {
    this.droppable = droppable;
    this.tracked = tracked;
    this.conflate = options.conflate;
    this.policy = options.policy;
    this.sender = sender;
  }

  /**
   * A message to any number of connections, encoded for `codecs`. Others can be added with `encode` in the same turn of
   * the event loop, before the arguments may change.
   *
   * @param sender The id of the sending connection.
   * @throws {SerializationError}
   */
  static broadcast(
    message: ServerMessage,
    codecs: readonly Codec[],
    options: SendOptions,
    sender?: string,
  ): EncodedMessage {
    const encoded = new EncodedMessage(true, true, options, sender);
    encoded.encode(message, codecs);
    return encoded;
  }

  /**
   * A message to one connection that must not be dropped: a completion, a ping, a Close.
   *
   * @throws {SerializationError}
   */
  static reply(message: ServerMessage, codec: Codec): EncodedMessage {
    return EncodedMessage.#undroppable(codec, codec.write(message), isTracked(message.type));
  }

  /**
   * An invocation whose result the sender waits for. It must not be dropped, either. The protocol of its connection need
   * not be known: that may be on another node.
   *
   * @throws {SerializationError}
   */
  static invocation(message: ServerMessage, codecs: readonly Codec[]): EncodedMessage {
    const encoded = new EncodedMessage(false, isTracked(message.type), NO_OPTIONS);
    encoded.encode(message, codecs);
    return encoded;
  }

  /** A message that another node has encoded. @param options undefined: an invocation, which must not be dropped. */
  static received(
    encodings: readonly Encoding[],
    options: OptionsOfMessage | undefined,
    sender?: string,
  ): EncodedMessage {
    const encoded = new EncodedMessage(options !== undefined, true, options ?? NO_OPTIONS, sender);
    for (const { codec, bytes } of encodings) encoded.#add(codec, bytes);
    return encoded;
  }

  /** Bytes that are no hub message: the answer to the handshake. @param codec That of the connection. */
  static raw(bytes: Buffer, codec: Codec): EncodedMessage {
    return EncodedMessage.#undroppable(codec, bytes, false);
  }

  static #undroppable(codec: Codec, bytes: Buffer, tracked: boolean): EncodedMessage {
    const encoded = new EncodedMessage(false, tracked, NO_OPTIONS);
    encoded.#codec = codec;
    encoded.#bytes = bytes;
    return encoded;
  }

  /** The same message with other content, under the same options. @throws {SerializationError} */
  again(message: ServerMessage, codecs: readonly Codec[]): EncodedMessage {
    const { droppable, tracked, sender } = this;
    const encoded = new EncodedMessage(droppable, tracked, this, sender);
    encoded.encode(message, codecs);
    return encoded;
  }

  /** A copy with the same encodings, for another place. */
  copy(): EncodedMessage {
    const copy = new EncodedMessage(this.droppable, this.tracked, this, this.sender);
    copy.#codec = this.#codec;
    copy.#bytes = this.#bytes;
    if (this.#others !== undefined) copy.#others = [...this.#others];
    return copy;
  }

  /** Adds the missing encodings for `codecs`. @throws {SerializationError} */
  encode(message: ServerMessage, codecs: readonly Codec[]): void {
    for (const codec of codecs) if (this.#find(codec) === undefined) this.#add(codec, codec.write(message));
  }

  /**
   * Writes the moment of the commit into a message that has waited for it.
   *
   * @param at Milliseconds since 1970.
   */
  stamp(at: number): void {
    if (this.#codec === undefined || this.#bytes === undefined) return;
    this.#codec.stamp?.(this.#bytes, at);
    for (const { codec, bytes } of this.#others ?? []) codec.stamp?.(bytes, at);
  }

  /**
   * Gives the message its place in the history of its group. Clients that ask for positions get it with the message.
   * This is done before the message is delivered: lanes count the bytes that they are about to write.
   *
   * @throws {Error} when it has one already, or is a message to one connection, which is in no history.
   */
  place(position: GroupPosition): void {
    if (this.#position !== undefined) throw new Error('The message has a position already.');
    if (!this.droppable) throw new Error('Only messages to groups have positions.');
    this.#position = position;
  }

  /** Its record. @param codec One that it was encoded for, or the variant of such a one. */
  bytes(codec: Codec): Buffer {
    // Each lane of a broadcast asks, mostly for the first encoding.
    if (codec === this.#codec && this.#bytes !== undefined) return this.#bytes;
    const bytes = this.#find(codec) ?? this.#variant(codec);
    if (bytes === undefined) throw new Error(`The message was not encoded for the ${codec.name} protocol.`);
    return bytes;
  }

  /** The record for a variant of a codec: that of its base, or, with a position, made at the first request. */
  #variant(codec: Codec): Buffer | undefined {
    const record = codec.base && this.#find(codec.base);
    if (record === undefined || this.#position === undefined || codec.writePosition === undefined) return record;
    const placed = codec.writePosition(record, this.#position);
    this.#add(codec, placed);
    return placed;
  }

  #add(codec: Codec, bytes: Buffer): void {
    if (this.#codec === undefined) {
      this.#codec = codec;
      this.#bytes = bytes;
      return;
    }
    this.#others ??= [];
    this.#others.push({ codec, bytes });
  }

  #find(codec: Codec): Buffer | undefined {
    if (codec === this.#codec) return this.#bytes;
    return this.#others?.find((other) => other.codec === codec)?.bytes;
  }
}
