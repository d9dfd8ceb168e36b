import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOSE_REASONS, type CloseReasonName } from '../../src/protocol/close.ts';
import { MessageTooLargeError } from '../../src/protocol/message-too-large.ts';
import { type ClientMessage, type MalformedMessage, MessageType } from '../../src/protocol/messages.ts';
import { plainCodec } from '../../src/protocol/plain.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';
import { readEnvelope } from '../support/plain-protocol.ts';
import { property } from '../support/property.ts';

const LIMITS = { maximumBytes: 1_000, maximumValues: 50 };
const NOON = Date.UTC(2026, 0, 31, 12);

const codecWith = (isListenOnly = false) =>
  plainCodec({ wallNow: () => NOON, isStream: (name) => name.toLowerCase() === 'ticks', isListenOnly });
const codec = codecWith();

/** Reads one message of a WebSocket. */
function read(bytes: Buffer | string, isBinary = false, reader = codec, limits = LIMITS): ClientMessage | undefined {
  const input = new RecordBuffer('one');
  input.append(Buffer.from(bytes as string), true, isBinary);
  return reader.read(input, limits);
}

const readValue = (value: unknown, reader = codec) => read(JSON.stringify(value), false, reader);
const text = (record: Buffer) => record.toString('utf8');

/** The envelope that answers a message that means nothing. */
function complaint(message: ClientMessage | undefined) {
  expect(message).toMatchObject({ type: MessageType.Malformed });
  return readEnvelope((message as MalformedMessage).answer);
}

describe('an envelope of a client is', () => {
  test.each([
    ['no arguments, without a payload', { type: 'Say' }, []],
    ['the list, if the payload is an array', { type: 'Say', payload: [1, [2], 'x'] }, [1, [2], 'x']],
    ['no arguments, if that is empty', { type: 'Say', payload: [] }, []],
    ['one argument, if it is an object', { type: 'Say', payload: { a: [1] } }, [{ a: [1] }]],
    ['one argument, if it is null', { type: 'Say', payload: null }, [null]],
    ['one argument, if it is false', { type: 'Say', payload: false, timestamp: 'any', more: {} }, [false]],
  ])('a call with %s', (_what, envelope, args) => {
    expect(readValue(envelope)).toEqual({
      type: MessageType.Invocation,
      invocationId: undefined,
      target: 'Say',
      arguments: args,
      streamIds: [],
      unbindable: false,
      hasNoUploads: true,
    });
  });

  test('a call of a stream, if its method is one, in any case, and it has an id', () => {
    expect(readValue({ type: 'TICKS', id: 1 })).toMatchObject({
      type: MessageType.StreamInvocation,
      invocationId: '1',
    });
    expect(readValue({ type: 'Ticks' })).toMatchObject({ type: MessageType.Invocation, invocationId: undefined });
  });

  test('a call with an id that is kept as it was: a number, or a text that may look like one', () => {
    for (const id of [0, -1.5, 9_007_199_254_740_991, '1', '', 'ü"\\', '1e3']) {
      const message = readValue({ type: 'Say', id }) as { readonly invocationId: string };
      const answer = codec.write({ type: MessageType.Completion, invocationId: message.invocationId, result: 1 });
      expect(readEnvelope(answer)).toMatchObject({ type: 'result', id });
    }
  });

  test('the result of the client, with its payload or without', () => {
    expect(readValue({ type: 'result', id: 's1', payload: [1] })).toEqual({
      type: MessageType.Completion,
      invocationId: 's1',
      result: [1],
    });
    expect(readValue({ type: 'Result', id: 's1' })).toEqual({ type: MessageType.Completion, invocationId: 's1' });
  });

  test('the error of the client, as an object with a message, or as a text', () => {
    const error = (payload?: unknown) => (readValue({ type: 'error', id: 's1', payload }) as { error?: string }).error;
    expect(error({ message: 'no' })).toBe('no');
    expect(error('no')).toBe('no');
    for (const payload of [undefined, null, 1, {}, { message: 1 }, { message: '' }, '']) {
      expect(error(payload)).toBe('The client has answered with an error.');
    }
  });

  test('a cancellation', () => {
    expect(readValue({ type: 'cancel', id: 7 })).toEqual({ type: MessageType.CancelInvocation, invocationId: '7' });
  });

  test('read with a limit on its values: the call can be answered, but not bound', () => {
    expect(readValue({ type: 'Say', id: 1, payload: Array(100).fill(0) })).toMatchObject({
      invocationId: '1',
      unbindable: true,
    });
    expect(readValue({ type: 'result', id: 's1', payload: Array(100).fill(0) })).toMatchObject({ unbindable: true });
  });

  test('read with its texts as they are: a lone surrogate cannot be bound', () => {
    expect(read('{"type":"Say","payload":"\\ud800"}')).toMatchObject({ unbindable: true });
  });

  test('read with __proto__ as a property like every other', () => {
    const message = read('{"type":"Say","payload":{"__proto__":{"isAdmin":true}}}') as unknown as {
      arguments: unknown[];
    };
    expect(Object.keys(message.arguments[0] as object)).toEqual(['__proto__']);
    expect((message.arguments[0] as { isAdmin?: true }).isAdmin).toBeUndefined();
  });
});

describe('a message that means nothing is answered, and says what was expected', () => {
  test.each([
    ['no JSON', 'hello', /JSON/],
    ['two texts', '{"type":"Say"} {}', /JSON/],
    ['a record of SignalR', '{"type":1,"target":"Say"}\x1e', /JSON/],
    ['a byte order mark', '\ufeff{"type":"Say"}', /JSON/],
    ['too deep', `{"type":"Say","payload":${'['.repeat(64)}${']'.repeat(64)}}`, /64 levels/],
    ['a list', '[{"type":"Say"}]', /no JSON object/],
    ['null', 'null', /no JSON object/],
    ['no type', '{"payload":1}', /no type/],
    ['a type that is a number', '{"type":1}', /no type/],
    ['an empty type', '{"type":""}', /no type/],
    ['a type with a lone surrogate', '{"type":"\\ud800"}', /no type/],
    ['an id that is an object', '{"type":"Say","id":{}}', /id of an envelope/],
    ['an id that is null', '{"type":"Say","id":null}', /id of an envelope/],
    ['an id with a lone surrogate', '{"type":"Say","id":"\\udc00"}', /id of an envelope/],
    ['an id that would not be the same', '{"type":"Say","id":9007199254740993}', /exactly/],
    ['an id without end', '{"type":"Say","id":1e999}', /exactly/],
    ['a result without an id', '{"type":"result","payload":1}', /result needs the id/],
    ['an error without an id', '{"type":"error"}', /error needs the id/],
    ['a cancellation without an id', '{"type":"CANCEL"}', /cancel needs the id/],
    ['an item', '{"type":"item","id":1}', /item comes from the server/],
    ['a close', '{"type":"close"}', /close the WebSocket/],
  ])('%s', (_what, message, says) => {
    const { type, id, payload } = complaint(read(message));
    expect({ type, id }).toEqual({ type: 'error', id: undefined });
    expect((payload as { message: string }).message).toMatch(says);
  });

  test('a binary message, whatever it holds', () => {
    expect(complaint(read('{"type":"Say"}', true)).payload).toEqual({
      message: 'The message is binary. Envelopes are text messages.',
    });
  });

  test('except to clients of a hub without methods, which only listen', () => {
    const listening = codecWith(true);
    for (const ignored of ['hello', '{"type":"Say","id":1}', '{"type":"cancel","id":1}', '{"type":"result"}']) {
      expect(read(ignored, false, listening)).toEqual({ type: MessageType.Unknown });
    }
    expect(read('{}', true, listening)).toEqual({ type: MessageType.Unknown });
    expect(readValue({ type: 'result', id: 's1' }, listening)).toMatchObject({ type: MessageType.Completion });
  });
});

test('a message that is too long ends the connection, finished or not', () => {
  expect(() => read('x'.repeat(1_001))).toThrow(MessageTooLargeError);
  expect(complaint(read('x'.repeat(1_000))).type).toBe('error');
  const input = new RecordBuffer('one');
  input.append(Buffer.alloc(1_000), false);
  expect(codec.read(input, LIMITS)).toBeUndefined();
  input.append(Buffer.alloc(1), false);
  expect(() => codec.read(input, LIMITS)).toThrow(MessageTooLargeError);
});

describe('any message of a client', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }).map((value) => Buffer.from(value)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json({ maxDepth: 4 }).map((json) => Buffer.from(json)),
    fc
      .record(
        {
          type: fc.oneof(fc.constantFrom('Say', 'result', 'error', 'item', 'cancel', 'close', 'Ticks'), fc.jsonValue()),
          payload: fc.jsonValue(),
          id: fc.oneof(fc.integer(), fc.double(), fc.string({ unit: 'binary' }), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .map((envelope) => Buffer.from(JSON.stringify(envelope))),
  );
  const cases = ['a call', 'a completion', 'a cancellation', 'an answer', 'nothing'] as const;

  property(
    'is a message, or one that is answered with an error, or none',
    [anything, fc.boolean()],
    { runs: 2_000, sometimes: cases },
    (bytes, isBinary, reached) => {
      const message = read(bytes, isBinary, codec, { ...LIMITS, maximumBytes: 1_000_000 });
      reached('nothing', message === undefined);
      expect(message === undefined).toBe(bytes.length === 0);
      if (message === undefined) return;
      reached('a call', message.type === MessageType.Invocation || message.type === MessageType.StreamInvocation);
      reached('a completion', message.type === MessageType.Completion);
      reached('a cancellation', message.type === MessageType.CancelInvocation);
      if (message.type !== MessageType.Malformed) return;
      reached('an answer', true);
      expect(complaint(message)).toMatchObject({ type: 'error', timestamp: '2026-01-31T12:00:00.000Z' });
    },
  );
});

describe('an envelope of the server', () => {
  const written = (message: Parameters<typeof codec.write>[0]) => text(codec.write(message));
  const STAMP = '"timestamp":"2026-01-31T12:00:00.000Z"}';

  test.each([
    ['null, without arguments', [], 'null'],
    ['the argument, if there is one', [{ a: 1 }], '{"a":1}'],
    ['the argument, if that is an array', [[1, 2]], '[1,2]'],
    ['null, if the argument is undefined', [undefined], 'null'],
    ['an array of several arguments', [1, undefined, 'x'], '[1,null,"x"]'],
    ['bytes as base64', [new Uint8Array([1, 2])], '"AQI="'],
  ])('has the payload %s', (_what, args, payload) => {
    expect(written({ type: MessageType.Invocation, target: 'Said "it"', arguments: args })).toBe(
      `{"type":"Said \\"it\\"","payload":${payload},${STAMP}`,
    );
  });

  test('has an id, if the client is to answer', () => {
    expect(written({ type: MessageType.Invocation, invocationId: 's1', target: 'Confirm', arguments: [] })).toBe(
      `{"type":"Confirm","id":"s1","payload":null,${STAMP}`,
    );
  });

  test('is an item, a result, an error or the end of a stream', () => {
    const { Completion, StreamItem } = MessageType;
    const id = { invocationId: '"a"' } as const;
    expect(written({ type: StreamItem, ...id, item: 1 })).toBe(`{"type":"item","id":"a","payload":1,${STAMP}`);
    expect(written({ type: Completion, ...id, result: [] })).toBe(`{"type":"result","id":"a","payload":[],${STAMP}`);
    expect(written({ type: Completion, ...id })).toBe(`{"type":"result","id":"a","payload":null,${STAMP}`);
    expect(written({ type: Completion, ...id, error: 'no "x"' })).toBe(
      `{"type":"error","id":"a","payload":{"message":"no \\"x\\""},${STAMP}`,
    );
  });

  test('is the end, with its reason', () => {
    expect(
      written({ type: MessageType.Close, reason: 'server-draining', allowReconnect: true, error: 'not shown' }),
    ).toBe(`{"type":"close","payload":{"reason":"server-draining","allowReconnect":true},${STAMP}`);
    expect(written({ type: MessageType.Close, reason: 'aborted' })).toContain('"allowReconnect":false');
  });

  test('is none of what WebSockets have themselves', () => {
    for (const type of [MessageType.Ping, MessageType.Ack, MessageType.Sequence]) {
      expect(() => codec.write({ type, sequenceId: 1 } as never)).toThrow('Plain clients have no such message');
    }
  });

  property(
    'that has waited gets the moment of its commit, and nothing else of it changes',
    [
      fc.array(fc.jsonValue()),
      fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true }),
    ],
    300,
    (args, date) => {
      const record = codec.write({ type: MessageType.Invocation, target: 'Said', arguments: args });
      const before = text(record);
      codec.stamp?.(record, date.getTime());
      expect(text(record)).toBe(before.replace(/2026-01-31T12:00:00\.000Z"\}$/, `${date.toISOString()}"}`));
    },
  );

  test('has a time of four digits for the year, whatever the clock says', () => {
    for (const [at, year] of [
      [-1, '1970'],
      [8.64e15, '9999'],
    ] as const) {
      const record = codec.write({ type: MessageType.Invocation, target: 'Said', arguments: [] });
      codec.stamp?.(record, at);
      expect(readEnvelope(record).timestamp).toMatch(new RegExp(`^${year}-`));
    }
  });
});

test('every reason of an end has a code that a WebSocket may have', () => {
  const codes = Object.keys(CLOSE_REASONS).map((name) => codec.closeCode?.(name as CloseReasonName) ?? 0);
  for (const code of codes) {
    expect([1000, 1001, 1008, 1009, 1011].includes(code) || (code >= 4000 && code < 4100)).toBe(true);
  }
});
