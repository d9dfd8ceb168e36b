import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonCodec } from '../../src/protocol/json.ts';
import { property } from '../support/property.ts';
import { json, words } from './arbitraries.ts';
import { readText } from './reading.ts';

describe('the JSON codec reads', () => {
  test('each type of message', () => {
    const rows = [
      [
        '{"type":1,"target":"T","arguments":[1,"a"]}',
        { type: 1, invocationId: undefined, target: 'T', arguments: [1, 'a'], streamIds: [], unbindable: false },
      ],
      [
        '{"arguments":[],"target":"T","invocationId":"7","type":1,"headers":{"a":"b"}}',
        { type: 1, invocationId: '7', target: 'T', arguments: [], streamIds: [], unbindable: false },
      ],
      [
        '{"type":4,"invocationId":"7","target":"T","arguments":[],"streamIds":["1","2"]}',
        { type: 4, invocationId: '7', target: 'T', arguments: [], streamIds: ['1', '2'], unbindable: false },
      ],
      ['{"type":2,"invocationId":"7","item":null}', { type: 2, invocationId: '7', item: null }],
      ['{"type":3,"invocationId":"7"}', { type: 3, invocationId: '7' }],
      ['{"type":3,"invocationId":"7","result":null}', { type: 3, invocationId: '7', result: null }],
      ['{"type":3,"invocationId":"7","error":"no"}', { type: 3, invocationId: '7', error: 'no' }],
      ['{"type":5,"invocationId":"7"}', { type: 5, invocationId: '7' }],
      ['{"type":6}', { type: 6 }],
      [' {"type":6} ', { type: 6 }],
      // The official client writes this for an item that is `undefined`.
      ['{"type":2,"invocationId":"7"}', { type: 2, invocationId: '7', item: null, isAbsent: true }],
      ['{"type":7}', { type: 7, allowReconnect: false }],
      ['{"type":7,"error":"no","allowReconnect":true}', { type: 7, error: 'no', allowReconnect: true }],
      ['{"type":8,"sequenceId":3}', { type: 8, sequenceId: 3 }],
      ['{"type":9,"sequenceId":3}', { type: 9, sequenceId: 3 }],
    ] as const;
    for (const [text, message] of rows) expect(readText(text)).toEqual({ messages: [message], error: undefined });
  });

  test('refuses what a type needs and does not have', () => {
    const rows = [
      ['{"type":1,"arguments":[]}', "Missing required property 'target'."],
      ['{"type":1,"target":"T"}', "Missing required property 'arguments'."],
      ['{"type":4,"target":"T","arguments":[]}', "Missing required property 'invocationId'."],
      ['{"type":4,"invocationId":"","target":"T","arguments":[]}', "Missing required property 'invocationId'."],
      ['{"type":2,"item":1}', "Missing required property 'invocationId'."],
      ['{"type":3}', "Missing required property 'invocationId'."],
      [
        '{"type":3,"invocationId":"7","result":1,"error":"no"}',
        "The 'error' and 'result' properties are mutually exclusive.",
      ],
      ['{"type":5}', "Missing required property 'invocationId'."],
      ['{"type":8}', "Missing required property 'sequenceId'."],
      ['{"type":9}', "Missing required property 'sequenceId'."],
      ['', 'Error reading JSON.'],
      ['\uFEFF{"type":6}', 'Error reading JSON.'],
    ] as const;
    for (const [text, error] of rows) expect(readText(text)).toEqual({ messages: [], error });
  });

  property(
    'skips a type from the future, and goes on behind it',
    [fc.integer().filter((type) => type < 1 || type > 9), json],
    200,
    (type, value) => {
      const future = JSON.stringify({ type, invocationId: '7', item: value, future: value });
      expect(readText(`${future}\x1e{"type":6}`)).toEqual({ messages: [{ type: 6 }], error: undefined });
    },
  );

  property('of a property that stands twice, the last', [json, json, words, words], 200, (a, b, s, t) => {
    const text = [
      `{"type":6,"type":1,"target":${JSON.stringify(s)},"arguments":[${JSON.stringify(a)}]`,
      `"arguments":[${JSON.stringify(b)}],"target":${JSON.stringify(t)}}`,
    ].join(',');
    expect(readText(text).messages[0]).toMatchObject({ target: t, arguments: [JSON.parse(JSON.stringify(b))] });
  });

  test('__proto__ as a name like any other', () => {
    const hostile = '"__proto__":{"type":6,"polluted":true,"invocationId":"7"}';
    expect(readText(`{${hostile}}`).error).toBe("Missing required property 'type'.");
    const { messages } = readText(`{"type":1,"target":"T","arguments":[{${hostile}}],${hostile}}`);
    const [message] = messages;
    expect(message).toMatchObject({ type: 1, invocationId: undefined });
    const [argument] = (message as { arguments: readonly object[] }).arguments;
    expect(Object.getPrototypeOf(argument)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  test('a name that every object inherits as no property of a message', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__defineGetter__']) {
      expect(readText(`{"type":6,"${name}":1}`).messages).toEqual([{ type: 6 }]);
    }
  });

  test('half a character: in an argument the call is marked, in a name it is refused', () => {
    const half = '"\\ud83d"';
    expect(readText(`{"type":1,"target":"T","arguments":[${half}]}`).messages).toMatchObject([{ unbindable: true }]);
    expect(readText(`{"type":1,"target":"T","arguments":["\\ud83d\\ude00"]}`).messages).toMatchObject([
      { unbindable: false },
    ]);
    const refusal = 'Error reading JSON: a name or an id is not valid Unicode.';
    expect(readText(`{"type":1,"target":${half},"arguments":[]}`).error).toBe(refusal);
    expect(readText(`{"type":5,"invocationId":${half}}`).error).toBe(refusal);
    // Broken UTF-8 counts as a lone surrogate, too.
    const broken = Buffer.concat([
      Buffer.from('{"type":1,"target":"T","arguments":["'),
      Buffer.from([0xff]),
      Buffer.from('"]}'),
    ]);
    expect(readText(broken).messages).toMatchObject([{ unbindable: true }]);
    // Items and results are marked, too.
    expect(readText(`{"type":2,"invocationId":"1","item":[${half}]}`).messages).toMatchObject([{ unbindable: true }]);
    expect(readText(`{"type":3,"invocationId":"1","result":${half}}`).messages).toMatchObject([{ unbindable: true }]);
    expect(readText(`{"type":2,"invocationId":"1","item":"\\ud83d\\ude00"}`).messages).toEqual([
      { type: 2, invocationId: '1', item: '\u{1f600}' },
    ]);
  });
});

describe('the JSON codec writes', () => {
  const written = (message: Parameters<typeof jsonCodec.write>[0]) => {
    const text = jsonCodec.write(message).toString('utf8');
    expect(text.endsWith('\x1e')).toBe(true);
    expect(text.indexOf('\x1e')).toBe(text.length - 1);
    return JSON.parse(text.slice(0, -1)) as unknown;
  };

  property('invocations that read as they were meant', [words, fc.array(json)], 300, (target, args) => {
    const meant = JSON.parse(JSON.stringify(args)) as unknown;
    expect(written({ type: 1, target, arguments: args })).toEqual({ type: 1, target, arguments: meant });
  });

  property('completions that read as they were meant', [words, json, words], 300, (id, result, error) => {
    const meant = JSON.parse(JSON.stringify(result)) as unknown;
    expect(written({ type: 3, invocationId: id, result })).toEqual({ type: 3, invocationId: id, result: meant });
    expect(written({ type: 3, invocationId: id, error })).toEqual({ type: 3, invocationId: id, error });
    // A method without a result has the result undefined; a stream has no result.
    expect(written({ type: 3, invocationId: id, result: undefined })).toEqual({
      type: 3,
      invocationId: id,
      result: null,
    });
    expect(written({ type: 3, invocationId: id })).toEqual({ type: 3, invocationId: id });
  });

  property('items and questions that read as they were meant', [words, words, json], 300, (id, target, value) => {
    const meant = JSON.parse(JSON.stringify(value)) as unknown;
    expect(written({ type: 2, invocationId: id, item: value })).toEqual({ type: 2, invocationId: id, item: meant });
    expect(written({ type: 1, invocationId: id, target, arguments: [value] })).toEqual({
      type: 1,
      invocationId: id,
      target,
      arguments: [meant],
    });
  });

  test('properties in the order of the original', () => {
    const bytes = (message: Parameters<typeof jsonCodec.write>[0]) => jsonCodec.write(message).toString('utf8');
    expect(bytes({ type: 2, invocationId: '1', item: undefined })).toBe(
      '{"type":2,"invocationId":"1","item":null}\x1e',
    );
    expect(bytes({ type: 3, invocationId: '1' })).toBe('{"type":3,"invocationId":"1"}\x1e');
    expect(bytes({ type: 1, invocationId: 's1', target: 'T', arguments: [] })).toBe(
      '{"type":1,"invocationId":"s1","target":"T","arguments":[]}\x1e',
    );
    expect(bytes({ type: 8, sequenceId: 1 })).toBe('{"type":8,"sequenceId":1}\x1e');
    expect(bytes({ type: 9, sequenceId: 2 })).toBe('{"type":9,"sequenceId":2}\x1e');
  });

  property('pings and Close messages', [words], 50, (error) => {
    expect(written({ type: 6 })).toEqual({ type: 6 });
    expect(written({ type: 7 })).toEqual({ type: 7 });
    expect(written({ type: 7, allowReconnect: false })).toEqual({ type: 7 });
    expect(written({ type: 7, error, allowReconnect: true })).toEqual({ type: 7, error, allowReconnect: true });
  });
});
