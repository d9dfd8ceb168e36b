import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';
import { property } from '../support/property.ts';

const SEPARATOR = 0x1e;

/** Few different bytes, so that separators are frequent, and now and then a long chunk, so that the buffer has to grow. */
const chunk = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(0x61, 0x62, SEPARATOR), { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 700 }).map((length) => new Array<number>(length).fill(0x63)) },
);
const steps = fc.array(fc.oneof(chunk.map(Buffer.from), fc.constant('take' as const)), { maxLength: 40 });

describe('a record buffer', () => {
  property('gives back what was put in, cut at the separators', [steps], 500, (todo) => {
    const buffer = new RecordBuffer();
    let model = Buffer.alloc(0);
    for (const step of todo) {
      if (step === 'take') {
        const at = model.indexOf(SEPARATOR);
        expect(buffer.takeUntil(SEPARATOR)).toEqual(at === -1 ? undefined : model.subarray(0, at));
        if (at !== -1) model = model.subarray(at + 1);
      } else {
        buffer.append(step);
        model = Buffer.concat([model, step]);
      }
      expect(buffer.length).toBe(model.length);
    }
  });

  property('changes neither a chunk it was given nor a record it gave', [steps], 300, (todo) => {
    const buffer = new RecordBuffer();
    const seen: { readonly bytes: Buffer; readonly copy: Buffer }[] = [];
    const remember = (bytes: Buffer) => seen.push({ bytes, copy: Buffer.from(bytes) });
    for (const step of todo) {
      if (step === 'take') {
        const record = buffer.takeUntil(SEPARATOR);
        if (record !== undefined) remember(record);
      } else {
        remember(step);
        buffer.append(step);
      }
    }
    for (const { bytes, copy } of seen) expect(bytes).toEqual(copy);
  });

  test('is empty after clear, whatever was searched before', () => {
    const buffer = new RecordBuffer();
    buffer.append(Buffer.from('a long and unfinished record'));
    expect(buffer.takeUntil(SEPARATOR)).toBeUndefined();
    buffer.clear();
    expect(buffer.length).toBe(0);
    buffer.append(Buffer.from('b\x1e'));
    expect(buffer.takeUntil(SEPARATOR)?.toString()).toBe('b');
  });
});
