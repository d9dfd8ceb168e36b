import type { HubMessage } from '@microsoft/signalr';
import fc from 'fast-check';

const SEPARATOR = Buffer.from('\x1e');

/** Any value of JSON. */
export const json = fc.jsonValue({ maxDepth: 4 });

/** Texts of people and of attackers: accents, emoji, control characters, quotes. */
export const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

/** The messages of the official client without a value, which are read as they were written. */
export function valueless(invocationId: string, error: string, sequenceId: number): HubMessage[] {
  return [
    { type: 3, invocationId, error },
    { type: 3, invocationId },
    { type: 5, invocationId },
    { type: 6 },
    { type: 8, sequenceId },
    { type: 9, sequenceId },
  ];
}

/** A valid message of a client. */
export const clientMessage = fc.oneof(
  fc.record(
    { type: fc.constant(1), target: words, arguments: fc.array(json, { maxLength: 4 }), invocationId: words },
    { requiredKeys: ['type', 'target', 'arguments'] },
  ),
  fc.record({
    type: fc.constant(4),
    target: words,
    arguments: fc.array(json, { maxLength: 2 }),
    invocationId: fc.string({ minLength: 1 }),
    streamIds: fc.array(words, { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant(2), invocationId: fc.string({ minLength: 1 }), item: json }),
  fc.record(
    { type: fc.constant(3), invocationId: fc.string({ minLength: 1 }), result: json },
    { requiredKeys: ['type', 'invocationId'] },
  ),
  fc.record({ type: fc.constant(3), invocationId: fc.string({ minLength: 1 }), error: words }),
  fc.record({ type: fc.constant(5), invocationId: fc.string({ minLength: 1 }) }),
  fc.record({ type: fc.constant(6) }),
  fc.record({ type: fc.constant(7), error: words, allowReconnect: fc.boolean() }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constantFrom(8, 9), sequenceId: fc.nat() }),
);

/** A message with a known property of a wrong type, or with an unknown message type. */
const twistedMessage = fc
  .tuple(
    clientMessage,
    fc.constantFrom('type', 'target', 'arguments', 'invocationId', 'streamIds', 'error', 'headers', 'sequenceId'),
    fc.oneof(json, fc.integer()),
  )
  .map(([message, property, value]) => ({ ...message, [property]: value }));

/** Bytes of one record: mostly a message, sometimes a damaged one, sometimes arbitrary bytes. */
const record = fc.oneof(
  { weight: 5, arbitrary: clientMessage.map((message) => Buffer.from(JSON.stringify(message))) },
  { weight: 2, arbitrary: twistedMessage.map((message) => Buffer.from(JSON.stringify(message))) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)) },
  // Damaged in its middle: broken UTF-8, a broken number, one bracket too many.
  {
    weight: 2,
    arbitrary: fc.tuple(clientMessage, fc.nat(), fc.nat(255)).map(([message, at, byte]) => {
      const bytes = Buffer.from(JSON.stringify(message));
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  },
);

/** Bytes from a socket. Without `wild`: whole messages only. */
export function stream(options: { readonly wild: boolean }): fc.Arbitrary<Buffer> {
  const one = options.wild ? record : clientMessage.map((message) => Buffer.from(JSON.stringify(message)));
  return fc
    .tuple(fc.array(one, { maxLength: 6 }), options.wild ? fc.boolean() : fc.constant(true))
    .map(([records, isFinished]) => {
      const bytes = Buffer.concat(records.flatMap((some) => [some, SEPARATOR]));
      return isFinished ? bytes : bytes.subarray(0, -1);
    });
}

/** Places at which a stream is cut into chunks. */
export const cuts = fc.array(fc.nat(), { maxLength: 12 });
