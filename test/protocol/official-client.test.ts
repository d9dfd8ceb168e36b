import { type HubMessage, JsonHubProtocol, NullLogger } from '@microsoft/signalr';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { jsonCodec } from '../../src/protocol/json.ts';
import type { ServerMessage } from '../../src/protocol/messages.ts';
import { property } from '../support/property.ts';
import { json, valueless, words } from './arbitraries.ts';
import { readChunks } from './reading.ts';

const theirs = new JsonHubProtocol();
const asRead = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
const id = fc.string({ minLength: 1 });

function theyRead(messages: readonly ServerMessage[]): HubMessage[] {
  const text = messages.map((message) => jsonCodec.write(message).toString('utf8')).join('');
  return theirs.parseMessages(text, NullLogger.instance);
}

function weRead(message: HubMessage) {
  return readChunks([Buffer.from(theirs.writeMessage(message))]);
}

describe("the official client's codec reads what we write", () => {
  // The official client takes an empty `target` or id for a missing one.
  property('invocations', [id, fc.array(json)], 200, (target, args) => {
    expect(theyRead([{ type: 1, target, arguments: args }])).toEqual([{ type: 1, target, arguments: asRead(args) }]);
  });

  property('completions', [id, json, id], 200, (invocationId, result, error) => {
    const read = theyRead([
      { type: 3, invocationId, result },
      { type: 3, invocationId, error },
      { type: 3, invocationId, result: undefined },
      { type: 3, invocationId },
    ]);
    expect(read).toEqual([
      { type: 3, invocationId, result: asRead(result) },
      { type: 3, invocationId, error },
      { type: 3, invocationId, result: null },
      { type: 3, invocationId },
    ]);
  });

  property('items of streams and questions', [id, id, json], 200, (invocationId, target, value) => {
    const question = { type: 1, invocationId, target, arguments: [value] } as const;
    expect(theyRead([{ type: 2, invocationId, item: value }, question])).toEqual([
      { type: 2, invocationId, item: asRead(value) },
      { ...question, arguments: [asRead(value)] },
    ]);
  });

  property('pings and Close messages, several in one text', [words], 100, (error) => {
    const messages = [
      { type: 6 },
      { type: 7, error },
      { type: 6 },
      { type: 7, allowReconnect: true },
    ] as const satisfies ServerMessage[];
    expect(theyRead(messages)).toEqual(messages);
  });
});

describe("we read what the official client's codec writes", () => {
  property(
    'calls, with and without an answer, with and without streams',
    [words, fc.array(json), fc.option(id, { nil: undefined }), fc.array(words)],
    200,
    (target, args, invocationId, streamIds) => {
      const call = { target, arguments: args, streamIds };
      const ours = { target, arguments: asRead(args), streamIds, unbindable: false };
      const answered = invocationId === undefined ? call : { ...call, invocationId };
      expect(weRead({ type: 1, ...answered })).toEqual({
        messages: [{ type: 1, invocationId, ...ours }],
        error: undefined,
      });
      expect(weRead({ type: 4, ...call, invocationId: '7' })).toEqual({
        messages: [{ type: 4, invocationId: '7', ...ours }],
        error: undefined,
      });
    },
  );

  property(
    'everything else',
    [id, json, words, fc.nat(), fc.boolean()],
    200,
    (invocationId, value, error, sequenceId, allowReconnect) => {
      const rows: readonly (readonly [HubMessage, object])[] = [
        [
          { type: 2, invocationId, item: value },
          { type: 2, invocationId, item: asRead(value) },
        ],
        [
          { type: 3, invocationId, result: value },
          { type: 3, invocationId, result: asRead(value) },
        ],
        [
          { type: 7, error, allowReconnect },
          { type: 7, error, allowReconnect },
        ],
        [{ type: 7 }, { type: 7, allowReconnect: false }],
        ...valueless(invocationId, error, sequenceId).map((message) => [message, message] as const),
      ];
      for (const [written, read] of rows) expect(weRead(written)).toEqual({ messages: [read], error: undefined });
    },
  );
});
