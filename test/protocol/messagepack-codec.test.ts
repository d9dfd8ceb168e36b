import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import type { ServerMessage } from '../../src/protocol/messages.ts';
import { eventually } from '../support/inbox.ts';
import { packed, prefixed } from '../support/messagepack-records.ts';
import { property } from '../support/property.ts';
import { json } from './arbitraries.ts';
import { readPacked } from './reading.ts';

/** A record from hexadecimal digits, as in specifications. */
const record = (digits: string) => prefixed(Buffer.from(digits.replaceAll(' ', ''), 'hex'));

const call = { target: 'method', arguments: [42], streamIds: [], unbindable: false };

describe('the MessagePack codec reads', () => {
  test('each type of message, as the specification and the official client write them', () => {
    const rows = [
      ['96 01 80 a3 78797a a6 6d6574686f64 91 2a 90', { type: 1, invocationId: 'xyz', ...call }],
      ['96 01 80 c0 a6 6d6574686f64 91 2a 90', { type: 1, invocationId: undefined, ...call }],
      ['96 01 80 a0 a6 6d6574686f64 91 2a 90', { type: 1, invocationId: undefined, ...call }],
      // The official client leaves out the last item when there are no streams.
      ['95 01 80 c0 a6 6d6574686f64 91 2a', { type: 1, invocationId: undefined, ...call }],
      [
        '96 01 80 c0 a6 6d6574686f64 91 2a 92 a1 31 a1 32',
        { type: 1, invocationId: undefined, ...call, streamIds: ['1', '2'] },
      ],
      ['96 01 81 a1 61 a1 62 c0 a6 6d6574686f64 91 2a 90', { type: 1, invocationId: undefined, ...call }],
      [
        '96 04 80 a3 78797a a6 6d6574686f64 91 2a 91 a1 31',
        { type: 4, invocationId: 'xyz', ...call, streamIds: ['1'] },
      ],
      ['95 04 80 a3 78797a a6 6d6574686f64 91 2a', { type: 4, invocationId: 'xyz', ...call }],
      ['94 02 80 a3 78797a 2a', { type: 2, invocationId: 'xyz', item: 42 }],
      ['94 02 80 a3 78797a c0', { type: 2, invocationId: 'xyz', item: null }],
      ['95 03 80 a3 78797a 01 a5 4572726f72', { type: 3, invocationId: 'xyz', error: 'Error' }],
      ['95 03 80 a3 78797a 01 c0', { type: 3, invocationId: 'xyz' }],
      ['94 03 80 a3 78797a 02', { type: 3, invocationId: 'xyz' }],
      ['95 03 80 a3 78797a 03 2a', { type: 3, invocationId: 'xyz', result: 42 }],
      ['95 03 80 a3 78797a 03 c0', { type: 3, invocationId: 'xyz', result: null }],
      ['93 05 80 a3 78797a', { type: 5, invocationId: 'xyz' }],
      ['91 06', { type: 6 }],
      ['92 07 c0', { type: 7, allowReconnect: false }],
      ['93 07 c0 c3', { type: 7, allowReconnect: true }],
      ['93 07 a0 c2', { type: 7, error: '', allowReconnect: false }],
      ['92 08 cc 24', { type: 8, sequenceId: 36 }],
      ['92 08 05', { type: 8, sequenceId: 5 }],
      ['92 09 d3 00 00 00 00 00 00 00 13', { type: 9, sequenceId: 19 }],
      // A length may take more bytes than it needs.
      ['dd 00 00 00 01 06', { type: 6 }],
      ['dc 00 06 01 de 00 00 c0 d9 06 6d6574686f64 dc 00 01 2a 90', { type: 1, invocationId: undefined, ...call }],
    ] as const;
    for (const [digits, message] of rows) {
      expect(readPacked(record(digits)), digits).toEqual({ messages: [message], error: undefined });
    }
  });

  test('what the official client sends, byte for byte as it was seen', () => {
    const seen = Buffer.from('089501 80c0a16d9101 039207c0 03920805 029106 05930580a132'.replaceAll(' ', ''), 'hex');
    expect(readPacked(seen)).toEqual({
      messages: [
        { type: 1, invocationId: undefined, target: 'm', arguments: [1], streamIds: [], unbindable: false },
        { type: 7, allowReconnect: false },
        { type: 8, sequenceId: 5 },
        { type: 6 },
        { type: 5, invocationId: '2' },
      ],
      error: undefined,
    });
  });

  test('nothing behind the items that it knows, and no message of a type from the future', () => {
    const rows = [
      '98 01 80 c0 a6 6d6574686f64 91 2a 90 c3 a2 6578',
      // The length of the record decides where it ends, not its content.
      '96 01 80 c0 a6 6d6574686f64 91 2a 90 c1',
    ];
    for (const digits of rows)
      expect(readPacked(record(digits)).messages, digits).toMatchObject([{ type: 1, ...call }]);
    for (const type of ['00', '0a', 'ff', 'ce 7f ff ff ff', 'd2 80 00 00 01']) {
      const future = record(`93 ${type} c1 91 91 91 91`);
      expect(readPacked(Buffer.concat([future, record('91 06')])), type).toEqual({
        messages: [{ type: 6 }],
        error: undefined,
      });
    }
  });

  test('refuses, in the words of the original, what is something else', () => {
    const rows = [
      ['', "Reading array length for 'message' failed."],
      ['80', "Reading array length for 'message' failed."],
      ['c0', "Reading array length for 'message' failed."],
      ['06', "Reading array length for 'message' failed."],
      ['dc 00', "Reading array length for 'message' failed."],
      ['dc ff ff 06', "Reading array length for 'message' failed."],
      ['90', "Reading 'messageType' as Int32 failed."],
      ['91 a3 666f6f', "Reading 'messageType' as Int32 failed."],
      ['91 cb 40 1a 00 00 00 00 00 00', "Reading 'messageType' as Int32 failed."],
      ['91 ce ff ff ff ff', "Reading 'messageType' as Int32 failed."],
      ['92 01 a3 666f6f', "Reading map length for 'headers' failed."],
      ['92 01 c0', "Reading map length for 'headers' failed."],
      ['92 01 df ff ff ff ff', "Reading map length for 'headers' failed."],
      ['92 01 82 2a a3 666f6f a1 61 a1 61', "Reading 'headers[0].Key' as String failed."],
      ['92 01 82 a3 666f6f 2a a1 61 a1 61', "Reading 'headers[0].Value' as String failed."],
      ['92 01 82 a3 666f6f a3 666f6f 90 a3 666f6f', "Reading 'headers[1].Key' as String failed."],
      ['92 01 81 a0 a1 61', 'Null or empty key in header.'],
      ['92 01 81 a1 61 c0', 'Null or empty value in header.'],
      ['92 01 80', "Reading 'invocationId' as String failed."],
      ['93 01 80 c2', "Reading 'invocationId' as String failed."],
      ['93 01 80 a1 ff', "Reading 'invocationId' as String failed."],
      ['93 01 80 a3 616263', "Reading 'target' as String failed."],
      ['94 01 80 a3 616263 2a', "Reading 'target' as String failed."],
      ['94 01 80 c0 a1 ff', "Reading 'target' as String failed."],
      ['95 01 80 c0 c0 90', 'Null or empty target for Invocation message.'],
      ['95 01 80 c0 a0 90', 'Null or empty target for Invocation message.'],
      ['96 01 80 c0 a1 6d 90', "Reading array length for 'streamIds' failed."],
      ['96 01 80 c0 a1 6d 90 2a', "Reading array length for 'streamIds' failed."],
      ['96 01 80 c0 a1 6d 90 91 2a', "Reading 'streamIds' as String failed."],
      ['96 01 80 c0 a1 6d 90 91 a0', 'Null or empty value in streamIds received.'],
      ['93 04 80 c2', "Reading 'invocationId' as String failed."],
      ['95 04 80 c0 a1 6d 90', 'Null or empty invocation ID for StreamInvocation message.'],
      ['95 04 80 a0 a1 6d 90', 'Null or empty invocation ID for StreamInvocation message.'],
      ['95 04 80 a1 31 c0 90', 'Null or empty target for StreamInvocation message.'],
      ['92 02 80', "Reading 'invocationId' as String failed."],
      ['94 02 80 c0 2a', 'Null or empty invocation ID for StreamItem message.'],
      ['93 03 80 c2', "Reading 'invocationId' as String failed."],
      ['94 03 80 a0 02', 'Null or empty invocation ID for Completion message.'],
      ['94 03 80 a3 78797a a3 78797a', "Reading 'resultKind' as Int32 failed."],
      ['94 03 80 a3 78797a 2a', 'Invalid invocation result kind.'],
      ['94 03 80 a3 78797a 01', "Reading 'error' as String failed."],
      ['95 03 80 a3 78797a 01 2a', "Reading 'error' as String failed."],
      ['93 05 80 a0', 'Null or empty invocation ID for CancelInvocation message.'],
      ['91 07', "Reading 'error' as String failed."],
      ['92 07 2a', "Reading 'error' as String failed."],
      ['93 07 c0 2a', "Reading 'allowReconnect' as Boolean failed."],
      ['93 07 a1 61', "Reading 'allowReconnect' as Boolean failed."],
      ['91 08', "Reading 'sequenceId' as Int64 failed."],
      ['92 09 a1 31', "Reading 'sequenceId' as Int64 failed."],
      ['92 09 cf ff ff ff ff ff ff ff ff', "Reading 'sequenceId' as Int64 failed."],
    ] as const;
    for (const [digits, error] of rows) {
      expect(readPacked(record(digits)), digits).toEqual({ messages: [], error });
    }
  });

  test('a call whose arguments cannot be read, so that it can be answered; and goes on behind it', () => {
    const rows = [
      '94 01 80 a1 31 a1 6d',
      '95 01 80 a1 31 a1 6d 2a',
      '95 01 80 a1 31 a1 6d 93 01',
      '95 01 80 a1 31 a1 6d 91 c1',
      // Text that is not valid Unicode, a key that is neither text nor a number, an unknown extension.
      '95 01 80 a1 31 a1 6d 91 a2 c3 28',
      '95 01 80 a1 31 a1 6d 91 81 c2 01',
      '95 01 80 a1 31 a1 6d 91 81 90 01',
      '95 01 80 a1 31 a1 6d 91 d4 01 00',
    ];
    const unbound = { type: 1, invocationId: '1', target: 'm', arguments: [], streamIds: [], unbindable: true };
    for (const digits of rows) {
      const { messages, error } = readPacked(Buffer.concat([record(digits), record('91 06')]));
      expect(messages, digits).toEqual([unbound, { type: 6 }]);
      expect(error, digits).toBeUndefined();
    }
  });

  test('an item and a result that cannot be read, as such', () => {
    const unfinished = ['', '91', 'a2 61', 'c4 02 00', 'cd 01', 'cb 00', 'd6 ff 00', 'dd 00', 'c7 04 ff 00'];
    for (const broken of [...unfinished, 'c1', 'a2 c3 28', '81 c0 c0', 'c7 01 05 00']) {
      expect(readPacked(record(`94 02 80 a1 31 ${broken}`)).messages).toEqual([
        { type: 2, invocationId: '1', item: null, unbindable: true },
      ]);
      expect(readPacked(record(`95 03 80 a1 31 03 ${broken}`)).messages).toEqual([
        { type: 3, invocationId: '1', result: null, unbindable: true },
      ]);
    }
  });

  property('of a key that stands twice, the last value', [fc.string(), json, json], 100, (key, a, b) => {
    fc.pre(key !== '__proto__');
    const map = Buffer.concat([Buffer.from([0x82]), ...[key, a, key, b].map((value) => encode(value))]);
    const bytes = Buffer.concat([Buffer.from([0x94, 2, 0x80, 0xa1, 0x31]), map]);
    expect(readPacked(prefixed(bytes)).messages).toEqual([
      { type: 2, invocationId: '1', item: { [key]: JSON.parse(JSON.stringify(b)) } },
    ]);
  });

  test('__proto__ as a name like any other', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true}}') as unknown;
    const { messages } = readPacked(packed(1, hostile, null, 'm', [hostile], []));
    expect(messages).toEqual([]);
    const [message] = readPacked(packed(1, {}, null, 'm', [hostile], [])).messages;
    const [argument] = (message as unknown as { arguments: readonly [object] }).arguments;
    expect(Object.keys(argument)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(argument)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });
});

describe('the MessagePack codec writes', () => {
  const bytesOf = (message: ServerMessage) => messagePackCodec.write(message).toString('hex');

  test('each type of message, byte for byte as the original', () => {
    const rows: readonly (readonly [ServerMessage, string])[] = [
      [{ type: 1, target: 'method', arguments: [42] }, '96 01 80 c0 a6 6d6574686f64 91 2a 90'],
      [{ type: 1, invocationId: 'xyz', target: 'method', arguments: [] }, '96 01 80 a3 78797a a6 6d6574686f64 90 90'],
      [{ type: 1, target: 'method', arguments: [null] }, '96 01 80 c0 a6 6d6574686f64 91 c0 90'],
      [{ type: 2, invocationId: 'xyz', item: 42 }, '94 02 80 a3 78797a 2a'],
      [{ type: 2, invocationId: 'xyz', item: null }, '94 02 80 a3 78797a c0'],
      [{ type: 3, invocationId: 'xyz', error: 'Error' }, '95 03 80 a3 78797a 01 a5 4572726f72'],
      [{ type: 3, invocationId: 'xyz' }, '94 03 80 a3 78797a 02'],
      [{ type: 3, invocationId: 'xyz', result: 42 }, '95 03 80 a3 78797a 03 2a'],
      // A method without a result has the result null, as in ASP.NET Core SignalR.
      [{ type: 3, invocationId: 'xyz', result: undefined }, '95 03 80 a3 78797a 03 c0'],
      [{ type: 6 }, '91 06'],
      [{ type: 7 }, '93 07 c0 c2'],
      [{ type: 7, error: 'Error!' }, '93 07 a6 4572726f7221 c2'],
      [{ type: 7, allowReconnect: true }, '93 07 c0 c3'],
      [{ type: 7, error: 'Error!', allowReconnect: true }, '93 07 a6 4572726f7221 c3'],
      [{ type: 8, sequenceId: 36 }, '92 08 24'],
      [{ type: 9, sequenceId: 200 }, '92 09 cc c8'],
    ];
    for (const [message, digits] of rows) expect(bytesOf(message), digits).toBe(record(digits).toString('hex'));
  });

  test('and does not keep the room that a long message took', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const write = () => messagePackCodec.write({ type: 1, target: 'm', arguments: ['x'.repeat(2 ** 24)] }).length;
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    expect(write()).toBeGreaterThan(2 ** 24);
    // Garbage is collected in later turns of the event loop.
    await eventually(() => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers - before < 2 ** 22;
    });
  });

  test('names and errors as Unicode, also if they are not', () => {
    expect(bytesOf({ type: 3, invocationId: '1', error: '\ud800' })).toBe(
      record('95 03 80 a1 31 01 a3 efbfbd').toString('hex'),
    );
    expect(bytesOf({ type: 1, target: '\udc00', arguments: [] })).toBe(
      record('96 01 80 c0 a3 efbfbd 90 90').toString('hex'),
    );
    expect(bytesOf({ type: 7, error: 'a\ud83d' })).toBe(record('93 07 a4 61 efbfbd c2').toString('hex'));
  });
});
