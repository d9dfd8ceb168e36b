import { JsonHubProtocol, NullLogger } from '@microsoft/signalr';
import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baseOf, type Codec } from '../../src/protocol/codec.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import type { ServerMessage } from '../../src/protocol/messages.ts';
import { plainCodec } from '../../src/protocol/plain.ts';
import { asksForPositions, type GroupPosition } from '../../src/protocol/position.ts';
import { positionsVariant } from '../../src/protocol/positions-variant.ts';
import { bareJsonCodec } from '../support/bare-json.ts';
import { officiallyRead, prefixed } from '../support/messagepack-records.ts';
import { readEnvelope } from '../support/plain-protocol.ts';
import { property } from '../support/property.ts';
import { json, words } from './arbitraries.ts';
import { withoutProto } from './reading.ts';

const NOON = Date.UTC(2026, 0, 31, 12);
const newPlainCodec = () => plainCodec({ wallNow: () => NOON, isStream: () => false, isListenOnly: false });
const plain = newPlainCodec();
const CODECS: readonly Codec[] = [jsonCodec, messagePackCodec, plain];

/** Any text of JavaScript, with lone surrogates. */
const anyText = fc.oneof(
  words,
  fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 8 }).map((units) => String.fromCharCode(...units)),
);
const name = anyText.filter((text) => text !== '');
const place: fc.Arbitrary<GroupPosition> = fc.record({
  group: fc.oneof(
    name,
    fc.constantFrom(31, 32, 255, 256, 65_536).map((length) => 'g'.repeat(length)),
  ),
  position: fc.record({ epoch: name, offset: fc.maxSafeNat() }),
});
/** Arguments, some of which are about as long as the length of a record takes one more byte. */
const args = fc
  .tuple(fc.array(json, { maxLength: 3 }), fc.oneof(fc.nat(200), fc.integer({ min: 16_250, max: 16_400 })))
  .map(([values, ballast]) => [...values, 'x'.repeat(ballast)].map(withoutProto));

const textOf = (bytes: Buffer) => bytes.toString('utf8');
const headersOf = ({ group, position: { epoch, offset } }: GroupPosition) => ({
  'sb-g': group,
  'sb-p': `${epoch}:${offset}`,
});
const wellFormed = (headers: ReturnType<typeof headersOf>) => ({
  'sb-g': headers['sb-g'].toWellFormed(),
  'sb-p': headers['sb-p'].toWellFormed(),
});
const AT: GroupPosition = { group: 'room:1', position: { epoch: 'e7', offset: 42 } };
const CALL = { type: 1, target: 'Heard', arguments: [1, ['a']] } as const;

/** The record of a message for stock clients, and for those that ask for positions. */
function records(codec: Codec, message: ServerMessage, at: GroupPosition) {
  const encoded = EncodedMessage.broadcast(message, [codec], {});
  encoded.place(at);
  return { base: encoded.bytes(codec), placed: encoded.bytes(positionsVariant(codec)) };
}

const callOf = (target: string, values: readonly unknown[]) => ({ type: 1, target, arguments: values }) as const;

describe('the record of a message with a position is that of stock clients with two headers, and nothing else', () => {
  property('in JSON', [name, args, place], 300, (target, values, at) => {
    const { base, placed } = records(jsonCodec, callOf(target, values), at);
    const headers = headersOf(at);
    const read = (bytes: Buffer) => JSON.parse(textOf(bytes).slice(0, -1));
    expect(textOf(placed)).toMatch(/^\{"type":1,"headers":\{[^\x1e]*\x1e$/);
    expect(read(placed)).toEqual({ ...read(base), headers });
    // A repeated or an additional property would not show in what JSON.parse returns.
    expect(placed.length - base.length).toBe(Buffer.byteLength(`"headers":${JSON.stringify(headers)},`));
    const [theirs] = new JsonHubProtocol().parseMessages(textOf(placed), NullLogger.instance);
    expect(theirs).toEqual({ ...read(base), headers });
    expect(base.equals(jsonCodec.write(callOf(target, values)))).toBe(true);
  });

  property(
    'in MessagePack, whatever the lengths of both records are',
    [name, args, place],
    { runs: 300, sometimes: ['the length takes more bytes than before'] },
    (target, values, at, reached) => {
      const { base, placed } = records(messagePackCodec, callOf(target, values), at);
      const headers = wellFormed(headersOf(at));
      const prefixOf = (bytes: Buffer) => bytes.findIndex((byte) => byte < 0x80) + 1;
      const content = (bytes: Buffer) => bytes.subarray(prefixOf(bytes));
      const [type, none, ...rest] = decode(content(base)) as unknown[];
      expect([type, none]).toEqual([1, {}]);
      expect(decode(content(placed))).toEqual([1, headers, ...rest]);
      expect(placed.equals(prefixed(content(placed)))).toBe(true);
      expect(officiallyRead(placed)).toEqual([{ ...officiallyRead(base)[0], headers }]);
      expect(base.equals(messagePackCodec.write(callOf(target, values)))).toBe(true);
      reached('the length takes more bytes than before', prefixOf(placed) > prefixOf(base));
    },
  );

  property('in envelopes', [name, args, place], 300, (target, values, at) => {
    const { base, placed } = records(plain, callOf(target, values), at);
    const headers = headersOf(at);
    expect(JSON.parse(textOf(placed))).toEqual({ ...JSON.parse(textOf(base)), headers });
    expect(readEnvelope(placed)).toEqual({ ...readEnvelope(base), headers });
    expect(placed.length - base.length).toBe(Buffer.byteLength(`,"headers":${JSON.stringify(headers)}`));
    expect(base.equals(plain.write(callOf(target, values)))).toBe(true);
  });

  test('byte for byte', () => {
    const [inJson, inMessagePack, inEnvelope] = CODECS.map((codec) => records(codec, CALL, AT).placed);
    const headers = '"headers":{"sb-g":"room:1","sb-p":"e7:42"}';
    expect(`${inJson}`).toBe(`{"type":1,${headers},"target":"Heard","arguments":[1,["a"]]}\x1e`);
    expect(`${inEnvelope}`).toBe(
      `{"type":"Heard","payload":[1,["a"]],${headers},"timestamp":"2026-01-31T12:00:00.000Z"}`,
    );
    expect(inMessagePack?.toString('latin1')).toBe(
      '\x27\x96\x01\x82\xa4sb-g\xa6room:1\xa4sb-p\xa5e7:42\xc0\xa5Heard\x92\x01\x91\xa1a\x90',
    );
  });

  test('with half a surrogate pair in the name of the group: escaped in JSON, replaced in MessagePack', () => {
    const at = { ...AT, group: 'a\ud800' };
    expect(textOf(records(jsonCodec, CALL, at).placed)).toContain('"sb-g":"a\\ud800"');
    expect(textOf(records(plain, CALL, at).placed)).toContain('"sb-g":"a\\ud800"');
    expect(officiallyRead(records(messagePackCodec, CALL, at).placed)[0]).toMatchObject({
      headers: { 'sb-g': 'a\ufffd' },
    });
  });

  const MESSAGEPACK_CALL = Buffer.from([0x96, 0x01, 0x80]);
  const foreign = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('{ "type":1,"target":"a"}\x1e', '{"type":6}\x1e', '{"payload":1}').map((text) => Buffer.from(text)),
  );
  property(
    'when the codec has written it: from another node anything may come, and is left as it is',
    [foreign],
    300,
    (bytes) => {
      fc.pre(!bytes.includes(MESSAGEPACK_CALL));
      for (const codec of CODECS) {
        const message = EncodedMessage.received([{ codec, bytes }], { conflate: undefined, policy: undefined });
        message.place(AT);
        expect(message.bytes(positionsVariant(codec))).toBe(bytes);
      }
    },
  );
});

describe('a message with a position', () => {
  test.each(CODECS)('is written in $name once, and spliced once for all clients that ask', (codec) => {
    let writes = 0;
    let splices = 0;
    const counting: Codec = {
      ...codec,
      write(message) {
        writes += 1;
        return codec.write(message);
      },
      writePosition(record, at) {
        splices += 1;
        return codec.writePosition?.(record, at) as Buffer;
      },
    };
    const message = EncodedMessage.broadcast(CALL, [counting], {});
    message.place(AT);
    expect(splices).toBe(0);
    const placed = message.bytes(positionsVariant(counting));
    expect(message.bytes(positionsVariant(counting))).toBe(placed);
    expect(message.bytes(counting)).not.toBe(placed);
    expect([writes, splices]).toEqual([1, 1]);
  });

  test('has the bytes of its other protocols, too', () => {
    const message = EncodedMessage.broadcast(CALL, CODECS, {});
    message.place(AT);
    for (const codec of CODECS) {
      expect(message.bytes(positionsVariant(codec))).toEqual(records(codec, CALL, AT).placed);
      expect(message.bytes(codec)).toEqual(codec.write(CALL));
    }
  });

  test('that another node has encoded gets it when it arrives', () => {
    const bytes = jsonCodec.write(CALL);
    const message = EncodedMessage.received([{ codec: jsonCodec, bytes }], { conflate: undefined, policy: undefined });
    message.place(AT);
    expect(message.bytes(positionsVariant(jsonCodec))).toEqual(records(jsonCodec, CALL, AT).placed);
    expect(message.bytes(jsonCodec)).toBe(bytes);
  });

  test('has the moment of its commit in every envelope, whether it was written for those that ask before or after', () => {
    const later = NOON + 1_000;
    for (const isEarly of [true, false]) {
      const message = EncodedMessage.broadcast(CALL, [plain], {});
      message.place(AT);
      if (isEarly) message.bytes(positionsVariant(plain));
      message.stamp(later);
      for (const codec of [plain, positionsVariant(plain)]) {
        expect(readEnvelope(message.bytes(codec)).timestamp).toBe('2026-01-31T12:00:01.000Z');
      }
    }
  });

  test('keeps its first one: another is an error', () => {
    const message = EncodedMessage.broadcast(CALL, [jsonCodec], {});
    message.place(AT);
    expect(() => message.place({ ...AT, group: 'room:2' })).toThrow('The message has a position already.');
    expect(textOf(message.bytes(positionsVariant(jsonCodec)))).toContain('room:1');
  });

  test('is never one to a single connection', () => {
    const asked = { ...CALL, invocationId: '1' };
    for (const message of [
      EncodedMessage.reply({ type: 6 }, jsonCodec),
      EncodedMessage.invocation(asked, [jsonCodec]),
      EncodedMessage.received([{ codec: jsonCodec, bytes: jsonCodec.write(asked) }], undefined),
    ]) {
      expect(() => message.place(AT)).toThrow('Only messages to groups have positions.');
    }
  });
});

describe('the variant of a codec', () => {
  test('has the very same record of a message without a position', () => {
    const asked = { ...CALL, invocationId: '1' };
    for (const message of [EncodedMessage.broadcast(CALL, CODECS, {}), EncodedMessage.invocation(asked, CODECS)]) {
      for (const codec of CODECS) expect(message.bytes(positionsVariant(codec))).toBe(message.bytes(codec));
    }
  });

  test.each(CODECS)('of $name is the same in everything else', (codec) => {
    const { base, ...rest } = positionsVariant(codec);
    expect(base).toBe(codec);
    expect(rest).toEqual({ ...codec });
  });

  test('is one for each codec, and each hub has a codec of its own for envelopes', () => {
    const other = newPlainCodec();
    for (const codec of [...CODECS, other]) expect(positionsVariant(codec)).toBe(positionsVariant(codec));
    expect(positionsVariant(other)).not.toBe(positionsVariant(plain));
  });

  test('is the codec itself where records have no headers', () => {
    expect(positionsVariant(bareJsonCodec)).toBe(bareJsonCodec);
    expect(baseOf(bareJsonCodec)).toBe(bareJsonCodec);
  });

  test('needs its base to be encoded', () => {
    const message = EncodedMessage.broadcast(CALL, [jsonCodec], {});
    message.place(AT);
    expect(() => message.bytes(positionsVariant(messagePackCodec))).toThrow(
      'The message was not encoded for the messagepack protocol.',
    );
  });
});

test.each([
  [['1'], true],
  [[], false],
  [[''], false],
  [['0'], false],
  [['2'], false],
  [['true'], false],
  [[' 1'], false],
  [['01'], false],
  [['1', '1'], false],
  [['0', '1'], false],
])('the query values %j ask for positions: %s', (values, asks) => expect(asksForPositions(values)).toBe(asks));
