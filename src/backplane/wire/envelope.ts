import { createHmac, timingSafeEqual } from 'node:crypto';
import { Encoder } from '@msgpack/msgpack';
import { MessagePackReader } from '../../protocol/messagepack-reader.ts';

/** Bytes on a channel: items of one node, in their order. */
export interface Envelope {
  /** The sender: one start of one node. */
  readonly bootId: string;
  /** Number of the envelope among all of its sender, from 1. */
  readonly number: number;
  /** Number of the sender's envelope before this one on the same channel; 0: it has none, or has forgotten it. */
  readonly previous: number;
  readonly items: readonly unknown[];
}

/**
 * Reasons for which bytes are not read:
 * - `too-large`: longer than any node of ours sends.
 * - `version`: written by a version that this one does not know.
 * - `unsigned`: not signed, although this node has a `backplaneSecret`.
 * - `forged`: signed with another secret, for another channel, or changed.
 * - `signed`: signed, and this node has no `backplaneSecret`.
 * - `malformed`: no envelope.
 */
export type EnvelopeFault = 'too-large' | 'version' | 'unsigned' | 'forged' | 'signed' | 'malformed';

const VERSION = 1;
const UNSIGNED = 0;
const SIGNED = 1;
/** Version, kind, length of the id. */
const HEAD_BYTES = 3;
const SIGNATURE_BYTES = 32;
/** Envelopes of ours are shorter: a message that would not fit is not shared. */
export const MAXIMUM_ENVELOPE_BYTES = 32 * 1_024 * 1_024;
/** Values of one envelope. A beacon has most: two for each channel. */
const MAXIMUM_VALUES = 1_000_000;
/** The encoder keeps a buffer of the greatest length that it had to write: not of a greater one. */
const KEPT_BYTES = 1_048_576;

/**
 * Envelopes as bytes: the version; whether it is signed; the length of the sender's id, and the id; the signature (HMAC
 * with SHA-256 over the channel, the id and the rest); and an array in MessagePack. Everything that comes is untrusted,
 * and nothing is thrown.
 */
export class Envelopes {
  readonly #secret: string | undefined;
  readonly #head: Buffer;
  #encoder = new Encoder();

  /**
   * @param bootId This sender.
   * @param secret Shared by all nodes. undefined: envelopes are not signed.
   */
  constructor(bootId: string, secret: string | undefined) {
    const id = Buffer.from(bootId);
    this.#secret = secret;
    this.#head = Buffer.concat([Buffer.of(VERSION, secret === undefined ? UNSIGNED : SIGNED, id.length), id]);
  }

  /** Writes an envelope of this node. */
  write(channel: string, { number, previous, items }: Omit<Envelope, 'bootId'>): Buffer {
    const body = this.#encoder.encodeSharedRef([number, previous, items]);
    if (body.length > KEPT_BYTES) this.#encoder = new Encoder();
    if (this.#secret === undefined) return Buffer.concat([this.#head, body]);
    return Buffer.concat([this.#head, this.#sign(channel, this.#head.subarray(HEAD_BYTES), body), body]);
  }

  /** Whether bytes are an envelope of this node: the backplane hands it back what it has published. */
  isOwn(bytes: Uint8Array): boolean {
    return this.#head.equals(bytes.subarray(0, this.#head.length));
  }

  read(channel: string, bytes: Uint8Array): Envelope | EnvelopeFault {
    if (bytes.length > MAXIMUM_ENVELOPE_BYTES) return 'too-large';
    if (bytes.length < HEAD_BYTES) return 'malformed';
    if (bytes[0] !== VERSION) return 'version';
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const id = whole.subarray(HEAD_BYTES, HEAD_BYTES + (whole[2] as number));
    const rest = this.#open(channel, whole[1] as number, id, whole.subarray(HEAD_BYTES + id.length));
    if (typeof rest === 'string') return rest;
    return envelopeOf(id.toString('latin1'), new MessagePackReader(rest, MAXIMUM_VALUES).value(1));
  }

  /** Checks the signature. */
  #open(channel: string, kind: number, id: Buffer, rest: Buffer): Buffer | EnvelopeFault {
    if (kind === UNSIGNED) return this.#secret === undefined ? rest : 'unsigned';
    if (kind !== SIGNED) return 'malformed';
    if (this.#secret === undefined) return 'signed';
    const body = rest.subarray(SIGNATURE_BYTES);
    const isOurs =
      rest.length > SIGNATURE_BYTES &&
      timingSafeEqual(rest.subarray(0, SIGNATURE_BYTES), this.#sign(channel, id, body));
    return isOurs ? body : 'forged';
  }

  /** The channel is a part of it, so that nobody can send a message again to others. */
  #sign(channel: string, id: Uint8Array, body: Uint8Array): Buffer {
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(Buffer.byteLength(channel));
    lengths.writeUInt32BE(id.length, 4);
    const hmac = createHmac('sha256', this.#secret as string);
    return hmac.update(lengths).update(channel).update(id).update(body).digest();
  }
}

/** Further fields are of a later version. */
function envelopeOf(bootId: string, value: unknown): Envelope | EnvelopeFault {
  if (!Array.isArray(value) || bootId === '') return 'malformed';
  const [number, previous, items] = value as readonly unknown[];
  if (!isNumber(number) || number === 0 || !isNumber(previous) || previous >= number) return 'malformed';
  return Array.isArray(items) ? { bootId, number, previous, items } : 'malformed';
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
