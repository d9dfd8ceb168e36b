import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecordLayout } from '../../src/protocol/record-layout.ts';
import { webSocketFraming } from '../../src/transports/websocket-framing.ts';
import { property } from '../support/property.ts';
import { Opcode, ServerFrames } from '../support/websocket-frames.ts';

const LAYOUTS: readonly RecordLayout[] = (['Text', 'Binary'] as const).flatMap((transferFormat) =>
  (['many', 'one'] as const).map((recordsPerMessage) => ({ transferFormat, recordsPerMessage })),
);

/** Lengths on both sides of the two at which the header of a frame gets longer (RFC 6455, section 5.2). */
const length = fc.oneof(fc.nat(300), fc.constantFrom(0, 125, 126, 65_535, 65_536));
const records = fc.array(
  fc.tuple(length, fc.nat(255)).map(([bytes, value]) => Buffer.alloc(bytes, value)),
  { minLength: 1, maxLength: 6 },
);

/** Messages in bytes of a server. @throws when the bytes do not end with a whole one. */
function messagesIn(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer }[] {
  const messages: { readonly opcode: number; readonly payload: Buffer }[] = [];
  const frames = new ServerFrames();
  frames.read(bytes, (opcode, payload) => messages.push({ opcode, payload }));
  const [last] = messages.slice(-1);
  if (last === undefined || last.payload.byteOffset + last.payload.length !== bytes.byteOffset + bytes.length)
    throw new Error('The bytes end within a frame.');
  return messages;
}

describe.each(LAYOUTS)('the framing of $transferFormat, $recordsPerMessage in a message', (layout) => {
  const { transferFormat, recordsPerMessage } = layout;

  property('keeps all records, whole and in order', [records], 200, (given) => {
    const bytes = Buffer.concat(given);
    const frame = webSocketFraming(layout).frame(given, bytes.length);
    const messages = messagesIn(frame);
    const opcode = transferFormat === 'Text' ? Opcode.text : Opcode.binary;
    expect(new Set(messages.map((message) => message.opcode))).toEqual(new Set([opcode]));
    const expected = recordsPerMessage === 'many' ? [bytes] : given;
    expect(messages.map(({ payload }) => payload.length)).toEqual(expected.map((record) => record.length));
    for (const [at, { payload }] of messages.entries()) expect(payload.equals(expected[at] as Buffer)).toBe(true);
  });

  test('is one object, so that lanes share the bytes', () => {
    expect(webSocketFraming({ ...layout })).toBe(webSocketFraming({ ...layout }));
    const same = LAYOUTS.filter((other) => webSocketFraming(other) === webSocketFraming(layout));
    expect(same).toEqual([layout]);
  });
});
