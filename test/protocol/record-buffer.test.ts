import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';
import { property } from '../support/property.ts';

const SEPARATOR = 0x1e;

/** Few different bytes, so that separators are frequent, and sometimes a long chunk, so that the buffer has to grow. */
const chunk = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(0x61, 0x62, SEPARATOR), { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 700 }).map((length) => new Array<number>(length).fill(0x63)) },
);
const steps = fc.array(fc.oneof(chunk.map(Buffer.from), fc.constantFrom('take' as const, 'compact' as const)), {
  maxLength: 40,
});

const messageSteps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ chunk: chunk.map(Buffer.from), endsMessage: fc.boolean(), isBinary: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.constantFrom('take' as const, 'take' as const, 'compact' as const) },
  ),
  { maxLength: 300, size: 'max' },
);

describe('a record buffer', () => {
  property('gives back what was put in, cut at the separators', [steps], 500, (todo) => {
    const buffer = new RecordBuffer();
    let model = Buffer.alloc(0);
    for (const step of todo) {
      if (step === 'take') {
        const at = model.indexOf(SEPARATOR);
        expect(buffer.takeUntil(SEPARATOR)).toEqual(at === -1 ? undefined : model.subarray(0, at));
        if (at !== -1) model = model.subarray(at + 1);
      } else if (step === 'compact') buffer.compact();
      else {
        buffer.append(step);
        model = Buffer.concat([model, step]);
      }
      expect(buffer.length).toBe(model.length);
    }
  });

  const plan = { runs: 200, sometimes: ['a message of several chunks', 'an empty message', 'none has ended'] } as const;
  property('gives back messages when they have ended, cut there', [messageSteps], plan, (todo, reached) => {
    const buffer = new RecordBuffer('one');
    const ended: { readonly bytes: Buffer; readonly isBinary: boolean }[] = [];
    let unfinished = Buffer.alloc(0);
    const expectNext = (next: (typeof ended)[number] | undefined): void => {
      expect(buffer.message).toEqual(next && { length: next.bytes.length, isBinary: next.isBinary });
      expect(buffer.takeMessage()).toEqual(next?.bytes);
    };
    for (const step of todo) {
      if (step === 'take') {
        reached('none has ended', ended.length === 0 && unfinished.length > 0);
        expectNext(ended.shift());
      } else if (step === 'compact') {
        // As its owner does: only when nothing more can be taken.
        for (const message of ended.splice(0)) expectNext(message);
        expect(buffer.takeMessage()).toBeUndefined();
        buffer.compact();
      } else {
        buffer.append(step.chunk, step.endsMessage, step.isBinary);
        reached('a message of several chunks', step.endsMessage && step.chunk.length > 0 && unfinished.length > 0);
        reached('an empty message', step.endsMessage && step.chunk.length + unfinished.length === 0);
        unfinished = Buffer.concat([unfinished, step.chunk]);
        if (step.endsMessage) {
          // An empty one is no record.
          if (unfinished.length > 0) ended.push({ bytes: unfinished, isBinary: step.isBinary });
          unfinished = Buffer.alloc(0);
        }
      }
      expect(buffer.length).toBe(Buffer.concat([...ended.map(({ bytes }) => bytes), unfinished]).length);
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
      } else if (step === 'compact') buffer.compact();
      else {
        remember(step);
        buffer.append(step);
      }
    }
    for (const { bytes, copy } of seen) expect(bytes).toEqual(copy);
  });

  property(
    'keeps at most twice what waits alive, and a chunk of which at least half waits is not copied',
    [fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 100_000 }), fc.nat({ max: 10_000 })],
    200,
    (taken, left, before) => {
      // A chunk is often a part of what was read from a socket.
      const memory = Buffer.alloc(before + taken + left, 0x61);
      const chunk = memory.subarray(before);
      const buffer = new RecordBuffer();
      buffer.append(chunk);
      buffer.take(taken);
      buffer.compact();
      const rest = buffer.take(buffer.length);
      expect(rest.equals(memory.subarray(before + taken))).toBe(true);
      const isCopied = rest.buffer !== memory.buffer;
      expect(isCopied).toBe(2 * left < memory.length && memory.length > 256);
      expect(rest.buffer.byteLength).toBeLessThanOrEqual(Math.max(256, 2 * left));
    },
  );

  test('keeps no part of the pool of Node alive', () => {
    const buffer = new RecordBuffer();
    // Small buffers are parts of one piece of memory, and each of them keeps all of it alive.
    const chunk = Buffer.from('a\x1eb');
    expect(chunk.buffer.byteLength).toBeGreaterThan(1_000);
    buffer.append(chunk);
    buffer.takeUntil(SEPARATOR);
    buffer.compact();
    buffer.append(Buffer.from('\x1e'));
    const record = buffer.takeUntil(SEPARATOR);
    expect(record?.toString()).toBe('b');
    expect(record?.buffer.byteLength).toBe(256);
  });

  test('copies what comes byte by byte a few times, not once for each byte', () => {
    const buffer = new RecordBuffer();
    const seen = new Set<ArrayBufferLike>();
    for (let n = 0; n < 10_000; n++) {
      buffer.append(Buffer.of(0x61));
      buffer.compact();
      // `at` reads the last byte without taking it.
      expect(buffer.at(n)).toBe(0x61);
    }
    for (let n = 0; n < 10_000; n++) {
      seen.add(buffer.take(1).buffer);
      buffer.compact();
    }
    expect(seen.size).toBeLessThan(20);
  });

  test('with one record in a message forgets with clear what has ended, and what has not', () => {
    const buffer = new RecordBuffer('one');
    buffer.append(Buffer.from('ended'), true);
    buffer.append(Buffer.from('unfinished'), false);
    buffer.clear();
    expect(buffer.takeMessage()).toBeUndefined();
    buffer.append(Buffer.from('new'), true);
    expect(buffer.takeMessage()?.toString()).toBe('new');
  });

  test('gives back many messages that ended at once, in order', () => {
    const buffer = new RecordBuffer('one');
    const texts = Array.from({ length: 1_000 }, (_, number) => '.'.repeat(number % 7) + number);
    for (const text of texts) buffer.append(Buffer.from(text), true);
    expect(texts.map(() => buffer.takeMessage()?.toString())).toEqual(texts);
    expect(buffer.takeMessage()).toBeUndefined();
  });

  test('without messages has none to take', () => {
    const buffer = new RecordBuffer();
    buffer.append(Buffer.from('a'), true);
    expect(buffer.takeMessage()).toBeUndefined();
    expect(buffer.length).toBe(1);
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
