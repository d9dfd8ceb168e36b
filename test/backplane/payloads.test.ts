import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payloadsOf, writePayloads } from '../../src/backplane/wire/payloads.ts';
import { CODECS } from '../../src/protocol/codecs.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import { property } from '../support/property.ts';

const invocation = (...args: unknown[]) => ({ type: 1, target: 'Heard', arguments: args }) as const;
const messageOf = (...args: unknown[]) => EncodedMessage.broadcast(invocation(...args), CODECS, {});
const json = (text: string) => payloadsOf(['json', Buffer.from(text)], [jsonCodec]);
const binary = (...bytes: Buffer[]) => payloadsOf(['messagepack', Buffer.concat(bytes)], [messagePackCodec]);

describe('the encodings of a message', () => {
  property('come as they were sent', [fc.jsonValue()], 200, (value) => {
    const message = messageOf(value);
    const read = payloadsOf(writePayloads(message, CODECS), CODECS);
    expect(read?.map(({ codec, bytes }) => [codec.name, bytes])).toEqual(
      CODECS.map((codec) => [codec.name, message.bytes(codec)]),
    );
  });

  test('may be for more protocols than this node has, and are written anew for those that are missing', () => {
    const payloads = writePayloads(messageOf(1), CODECS);
    expect(payloadsOf(payloads, [messagePackCodec])).toHaveLength(1);
    expect(payloadsOf(['later', Buffer.from('?'), ...payloads], CODECS)).toHaveLength(2);
    const [json] = payloadsOf(payloads, [jsonCodec]) ?? [];
    expect(payloadsOf(payloads.slice(2), [jsonCodec])).toEqual([json]);
    expect(payloadsOf(['messagepack', Buffer.from('?')], [jsonCodec])).toBeUndefined();
    for (const value of [
      undefined,
      null,
      'json',
      {},
      ['json'],
      ['json', '{}\x1e'],
      ['json', 'json', Buffer.from('{}\x1e')],
    ])
      expect(payloadsOf(value, [jsonCodec])).toBeUndefined();
  });

  test('are exactly one record of JSON', () => {
    expect(json('{"type":6}\x1e')).toHaveLength(1);
    for (const text of ['', '{"type":6}', '{}\x1e{}\x1e', '\x1e{}\x1e', '{}\x1e{'])
      expect(json(text), JSON.stringify(text)).toBeUndefined();
    expect(payloadsOf(['json', Buffer.from([0x22, 0xff, 0x22, 0x1e])], [jsonCodec])).toBeUndefined();
  });

  property('are exactly one record of MessagePack', [fc.jsonValue(), fc.nat()], 200, (value, at) => {
    const record = messageOf(value).bytes(messagePackCodec);
    expect(binary(record)).toHaveLength(1);
    expect(binary(record, record)).toBeUndefined();
    expect(binary(record.subarray(0, at % record.length))).toBeUndefined();
    expect(binary(record, Buffer.of(0))).toBeUndefined();
    expect(binary(record.subarray(1))).toBeUndefined();
  });

  test('are one message of a plain protocol, which has no end of its own', () => {
    const plain = { ...jsonCodec, name: 'plain', recordsPerMessage: 'one' } as const;
    expect(payloadsOf(['plain', Buffer.from('{"type":6}')], [plain])).toHaveLength(1);
    expect(payloadsOf(['plain', Buffer.alloc(0)], [plain])).toBeUndefined();
    expect(payloadsOf(['plain', Buffer.from([0xff])], [plain])).toBeUndefined();
  });
});

describe('a message that another node has encoded', () => {
  const encodings = payloadsOf(writePayloads(messageOf(1), CODECS), CODECS) ?? [];

  test('has its bytes, its options and its sender', () => {
    const options = { conflate: 'typing', policy: 'dropOldest' } as const;
    const message = EncodedMessage.received(encodings, options, 'the sender');
    for (const codec of CODECS) expect(message.bytes(codec)).toEqual(messageOf(1).bytes(codec));
    expect(message).toMatchObject({ ...options, sender: 'the sender', droppable: true, tracked: true });
  });

  test('must not be dropped when it is an invocation', () => {
    const message = EncodedMessage.received(encodings, undefined);
    expect(message).toMatchObject({ droppable: false, tracked: true, sender: undefined });
  });
});
