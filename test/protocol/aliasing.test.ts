import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';
import { packedRecord } from '../support/messagepack-records.ts';
import { property } from '../support/property.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const record = fc.record({
  type: fc.constant(1),
  invocationId: text.filter((id) => id !== ''),
  target: text.filter((target) => target !== ''),
  arguments: fc.array(
    fc.oneof(
      text,
      fc.array(fc.oneof(text, fc.double({ noNaN: true }))),
      fc.dictionary(text, text),
      fc.integer(),
      fc.constant('x'.repeat(20_000)),
    ),
    { maxLength: 4 },
  ),
});
const bytes = fc.uint8Array({ minLength: 1, maxLength: 6_000 });

describe.each([
  ['json', jsonCodec, (sent: object) => Buffer.from(`${JSON.stringify(sent)}\x1e`)],
  ['messagepack', messagePackCodec, (sent: object) => packedRecord(sent as never)],
] as const)('what is read from a chunk of %s', (name, codec, write) => {
  property('stays as it is whatever becomes of the chunk', [record, bytes], 200, (sent, blob) => {
    // Bytes and dates keep their type in MessagePack only.
    const more = name === 'messagepack' ? [blob, new Date(1_700_000_000_000)] : [];
    const chunk = write({ ...sent, arguments: [...sent.arguments, ...more] });
    const input = new RecordBuffer();
    input.append(chunk);
    const message = codec.read(input, { maximumBytes: 1_000_000, maximumValues: 65_536 });
    expect(message).toMatchObject({ target: sent.target, unbindable: false });
    const before = structuredClone(message);
    chunk.fill(0xff);
    expect(message).toEqual(before);
  });
});
