import type { Codec } from '../../protocol/codec.ts';
import { EncodedMessage } from '../../protocol/encoded-message.ts';
import type { Envelopes } from '../wire/envelope.ts';
import { ItemKind, readMessage, writeMessage } from '../wire/items.ts';
import { payloadsOf, writePayloads } from '../wire/payloads.ts';

/** An envelope in a log is no part of the sequence of its node: the log numbers it. */
const UNNUMBERED = { number: 1, previous: 0 };

/** A message out of an entry of a log. */
export interface EntryMessage {
  readonly message: EncodedMessage;
  readonly except: readonly string[];
}

/** Messages in the entries of logs: envelopes with one item, signed as all others. */
export class KeptEntries {
  readonly #envelopes: Envelopes;
  readonly #codecs: readonly Codec[];

  /** @param codecs The protocols of the hub. */
  constructor(envelopes: Envelopes, codecs: readonly Codec[]) {
    this.#envelopes = envelopes;
    this.#codecs = codecs;
  }

  /** @param message Encoded for all protocols of the hub. */
  write(log: string, message: EncodedMessage, except: readonly string[]): Uint8Array {
    const item = writeMessage(writePayloads(message, this.#codecs), message, except);
    return this.#envelopes.write(log, { ...UNNUMBERED, items: [item] });
  }

  /** @returns undefined for anything else, as it may come from elsewhere. */
  read(log: string, bytes: Uint8Array): EntryMessage | undefined {
    const envelope = this.#envelopes.read(log, bytes);
    if (typeof envelope === 'string') return undefined;
    const [item] = envelope.items;
    if (!Array.isArray(item) || item[0] !== ItemKind.Message) return undefined;
    const read = readMessage(item);
    const encodings = read && payloadsOf(read.payloads, this.#codecs);
    if (read === undefined || encodings === undefined) return undefined;
    const { sender, except, ...options } = read;
    return { message: EncodedMessage.received(encodings, options, sender), except };
  }
}
