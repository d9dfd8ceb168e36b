import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import {
  chooseCodec,
  failureOf,
  HANDSHAKE_ACCEPTED,
  handshakeRefused,
  parseHandshake,
} from '../../src/protocol/handshake.ts';
import type { TransportName } from '../../src/protocol/negotiate.ts';
import { property } from '../support/property.ts';
import { json, words } from './arbitraries.ts';

const parse = (value: unknown) => parseHandshake(Buffer.from(JSON.stringify(value)));
const text = { name: 'json', transferFormat: 'Text' } as const;
const binary = { name: 'messagepack', transferFormat: 'Binary' } as const;
const int32 = fc.integer({ min: -0x7fffffff, max: 0x7fffffff });

describe('a handshake', () => {
  property(
    'is a protocol and a version, whatever else stands in it',
    [words, int32, fc.dictionary(words, json)],
    200,
    (protocol, version, others) => {
      expect(parse({ ...others, protocol, version })).toEqual({ protocol, version });
    },
  );

  test('says what is wrong with it', () => {
    const rows = [
      ['[]', 'The handshake must be a JSON Object with protocol and version.'],
      ['null', 'The handshake must be a JSON Object with protocol and version.'],
      ['{"version":1}', "Missing required property 'protocol'."],
      ['{"protocol":"json"}', "Missing required property 'version'."],
      ['{"protocol":1,"version":1}', "Expected 'protocol' to be of type String."],
      ['{"protocol":"\\ud83d","version":1}', "Expected 'protocol' to be of type String."],
      ['{"protocol":"json","version":"1"}', "Expected 'version' to be of type Number."],
      ['{"protocol":"json","version":1.5}', "Expected 'version' to be of type Number."],
      ['{"protocol":"json","version":2147483648}', "Expected 'version' to be of type Number."],
      ['{"__proto__":{"protocol":"json","version":1}}', "Missing required property 'protocol'."],
      ['GET / HTTP/1.1', 'Error reading JSON.'],
      ['', 'Error reading JSON.'],
    ] as const;
    for (const [text, error] of rows) {
      expect(() => parseHandshake(Buffer.from(text))).toThrow(new ProtocolError(error));
    }
  });

  const anything = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    json.map((value) => Buffer.from(JSON.stringify(value))),
    fc
      .record({ protocol: fc.oneof(words, json), version: fc.oneof(int32, json) })
      .map((handshake) => Buffer.from(JSON.stringify(handshake))),
  );
  const plan = { runs: 300, sometimes: ['parsed', 'refused'] } as const;
  property('may be anything: it is parsed, or refused with a ProtocolError', [anything], plan, (bytes, reached) => {
    try {
      const { protocol, version } = parseHandshake(bytes);
      reached('parsed');
      expect(typeof protocol).toBe('string');
      expect(Number.isInteger(version)).toBe(true);
    } catch (error) {
      reached('refused');
      expect(error).toBeInstanceOf(ProtocolError);
    }
  });

  test('can ask for a protocol in any case, up to version 2', () => {
    const choose = (protocol: string, version: number) => chooseCodec({ protocol, version }, [text], 'WebSockets');
    for (const protocol of ['json', 'JSON', 'Json']) {
      for (const version of [-1, 0, 1, 2]) expect(choose(protocol, version)).toEqual({ codec: text });
    }
    expect(choose('json', 3)).toMatchObject({
      refusal: "The server does not support version 3 of the 'json' protocol.",
    });
    const reason = 'Its hub does not speak the protocol.';
    expect(choose('xml', 1)).toEqual({
      refusal: "The protocol 'xml' is not supported.",
      reason,
      option: 'protocols',
    });
  });

  test('is refused a protocol that its transport cannot carry', () => {
    const choose = (transport: TransportName) =>
      chooseCodec({ protocol: 'messagepack', version: 1 }, [text, binary], transport);
    for (const transport of ['WebSockets', 'LongPolling'] as const)
      expect(choose(transport)).toEqual({ codec: binary });
    expect(choose('ServerSentEvents')).toMatchObject({
      refusal:
        "Cannot use the 'messagepack' protocol on the current transport. The transport does not support 'Binary' transfer format.",
    });
  });
});

describe('the answer to a handshake', () => {
  test('is an empty object when it is accepted', () => {
    expect(HANDSHAKE_ACCEPTED.toString()).toBe('{}\x1e');
  });

  property('is one record with the error when it is refused', [words], 100, (error) => {
    const text = handshakeRefused(error).toString('utf8');
    expect(text.indexOf('\x1e')).toBe(text.length - 1);
    expect(JSON.parse(text.slice(0, -1))).toEqual({ error });
  });

  test('tells what exactly went wrong only with detailedErrors', () => {
    const error = new ProtocolError('SECRET');
    const plain = 'An unexpected error occurred during connection handshake.';
    expect(failureOf(error, false).refusal).toBe(plain);
    expect(failureOf(error, true).refusal).toBe(`${plain} ProtocolError: SECRET`);
  });
});
