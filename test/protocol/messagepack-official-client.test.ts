import type { HubMessage } from '@microsoft/signalr';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import type { ServerMessage } from '../../src/protocol/messages.ts';
import { officiallyRead, officiallyWritten } from '../support/messagepack-records.ts';
import { property } from '../support/property.ts';
import { json, valueless, words } from './arbitraries.ts';
import { readPacked, withoutProto } from './reading.ts';

const id = fc.string({ minLength: 1, unit: 'grapheme' });
/** Values of JSON and others. The official codec refuses the key __proto__, which is tested elsewhere. */
const value = fc.oneof(
  json.map((one) => withoutProto(one)).map((one) => ({ sent: one, reads: one })),
  fc.oneof(fc.uint8Array(), fc.date({ noInvalidDate: true })).map((one) => ({ sent: one, reads: one })),
);

function theyRead(...messages: ServerMessage[]): HubMessage[] {
  return officiallyRead(Buffer.concat(messages.map((message) => messagePackCodec.write(message))));
}

function weRead(message: HubMessage) {
  return readPacked(officiallyWritten(message));
}

describe("the official client's MessagePack codec reads what we write", () => {
  property(
    'calls, with an answer wanted and without',
    [id, id, fc.array(value)],
    300,
    (target, invocationId, values) => {
      const call = { type: 1, target, arguments: values.map(({ sent }) => sent) } as const;
      const read = { type: 1, headers: {}, streamIds: [], target, arguments: values.map(({ reads }) => reads) };
      expect(theyRead(call, { ...call, invocationId })).toEqual([read, { ...read, invocationId }]);
    },
  );

  property('items and completions', [id, value, id], 300, (invocationId, { sent, reads }, error) => {
    const ended = { type: 3, invocationId, headers: {} };
    expect(
      theyRead(
        { type: 2, invocationId, item: sent },
        { type: 3, invocationId, result: sent },
        { type: 3, invocationId, result: undefined },
        { type: 3, invocationId, error },
        { type: 3, invocationId },
      ),
    ).toEqual([
      { type: 2, invocationId, headers: {}, item: reads },
      { ...ended, result: reads },
      { ...ended, result: null },
      { ...ended, error },
      ended,
    ]);
  });

  property('everything else', [words, fc.maxSafeNat()], 200, (error, sequenceId) => {
    expect(
      theyRead(
        { type: 6 },
        { type: 7, error },
        { type: 7, allowReconnect: true },
        { type: 8, sequenceId },
        { type: 9, sequenceId },
      ),
    ).toEqual([
      { type: 6 },
      { type: 7, error, allowReconnect: false },
      { type: 7, error: null, allowReconnect: true },
      { type: 8, sequenceId },
      { type: 9, sequenceId },
    ]);
  });
});

describe("we read what the official client's MessagePack codec writes", () => {
  property(
    'calls, with and without an answer, with and without streams',
    [id, fc.array(value), fc.option(id, { nil: undefined }), fc.option(fc.array(id), { nil: undefined })],
    300,
    (target, values, invocationId, streamIds) => {
      const call = {
        target,
        arguments: values.map(({ sent }) => sent),
        ...(streamIds === undefined ? {} : { streamIds }),
      };
      const ours = {
        target,
        arguments: values.map(({ reads }) => reads),
        streamIds: streamIds ?? [],
        unbindable: false,
      };
      const plain = { type: 1, ...call, ...(invocationId === undefined ? {} : { invocationId }) } as HubMessage;
      expect(weRead(plain)).toEqual({ messages: [{ type: 1, invocationId, ...ours }], error: undefined });
      expect(weRead({ type: 4, ...call, invocationId: '7' } as HubMessage)).toEqual({
        messages: [{ type: 4, invocationId: '7', ...ours }],
        error: undefined,
      });
    },
  );

  property(
    'everything else',
    [id, value, id, fc.maxSafeNat()],
    300,
    (invocationId, { sent, reads }, error, sequenceId) => {
      const rows: readonly (readonly [HubMessage, object])[] = [
        [
          { type: 2, invocationId, item: sent },
          { type: 2, invocationId, item: reads },
        ],
        [
          { type: 3, invocationId, result: sent },
          { type: 3, invocationId, result: reads },
        ],
        // The error never has a reason.
        [
          { type: 7, error },
          { type: 7, allowReconnect: false },
        ],
        ...valueless(invocationId, error, sequenceId).map((message) => [message, message] as const),
      ];
      for (const [written, read] of rows) expect(weRead(written)).toEqual({ messages: [read], error: undefined });
    },
  );
});
