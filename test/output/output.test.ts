import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Later, Output } from '../../src/output/output.ts';
import type { Sink } from '../../src/output/sink.ts';
import { property } from '../support/property.ts';

const CAPACITY_BYTES = 1_000;

/** What the operating system does with one write. `part`: the share that it takes. */
type Behaviour = { readonly takes: 'all' | 'part' | 'none'; readonly isLate: boolean };

/** A sink that does what a list says, and then takes everything. */
class ScriptedSink implements Sink {
  taken = '';
  behaviours: Behaviour[] = [];

  write(bytes: Buffer): number | Promise<number> {
    const { takes, isLate } = this.behaviours.shift() ?? { takes: 'all', isLate: false };
    if (takes === 'none') {
      const error = Object.assign(new Error('no room'), { code: isLate ? 'ENOSPC' : 'EAGAIN' });
      if (isLate) return Promise.reject(error);
      throw error;
    }
    const count = takes === 'all' ? bytes.length : Math.ceil(bytes.length / 3);
    this.taken += bytes.toString('utf8', 0, count);
    return isLate ? Promise.resolve(count) : count;
  }

  writeLast(bytes: Buffer): void {
    this.taken += bytes.toString();
  }
}

/** Timers that run when the test says so. */
function timers() {
  const due: { readonly run: () => void; readonly ms: number }[] = [];
  const later: Later = (run, ms) => void due.push({ run, ms });
  const settle = async () => {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const timer = due.shift();
      if (timer === undefined) return;
      timer.run();
    }
  };
  return { due, later, settle };
}

/** A text of a number and dots, so that a part of it or another order shows. */
const text = (number: number, bytes = 0) => `${`${number}`.padEnd(bytes, '.')}\n`;

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  takes: fc.constantFrom('all', 'part', 'none'),
  isLate: fc.boolean(),
});

describe('an output', () => {
  property(
    'writes whole texts in order, and counts each that it drops',
    [
      fc.array(
        fc.oneof(
          { weight: 9, arbitrary: fc.nat(50) },
          { weight: 1, arbitrary: fc.constantFrom(CAPACITY_BYTES / 2, CAPACITY_BYTES - 1, CAPACITY_BYTES) },
        ),
        { maxLength: 40, size: 'max' },
      ),
      fc.array(behaviour, { maxLength: 40, size: 'max' }),
      fc.array(fc.nat(40), { maxLength: 5 }),
    ],
    { runs: 100, sometimes: ['texts were dropped', 'nothing was dropped', 'every failure was tried again'] },
    async (lengths, behaviours, pauses, reached) => {
      const sink = new ScriptedSink();
      sink.behaviours = [...behaviours];
      const { later, settle } = timers();
      const output = new Output(sink, later, CAPACITY_BYTES);
      let dropped = 0;
      for (const [number, length] of lengths.entries()) {
        output.write(text(number, length), (count) => {
          dropped += count;
        });
        expect(output.waitingBytes).toBeLessThanOrEqual(CAPACITY_BYTES);
        if (pauses.includes(number)) await settle();
      }
      await settle();
      const lines = sink.taken.split('\n').slice(0, -1);
      reached('texts were dropped', dropped > 0);
      reached('nothing was dropped', dropped === 0 && lengths.length > 1);
      reached('every failure was tried again', sink.behaviours.length < behaviours.length && behaviours.length > 10);
      expect(lines.length + dropped).toBe(lengths.length);
      const numbers = lines.map((line) => Number.parseInt(line, 10));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      for (const [at, number] of numbers.entries()) expect(`${lines[at]}\n`).toBe(text(number, lengths[number]));
      expect(output.waitingBytes).toBe(0);
    },
  );

  test('says how many it has dropped when there is room again, once, and not before', async () => {
    const sink = new ScriptedSink();
    sink.behaviours = [{ takes: 'none', isLate: false }];
    const { due, later, settle } = timers();
    const output = new Output(sink, later, CAPACITY_BYTES);
    const told: number[] = [];
    const write = (bytes: number) => output.write('.'.repeat(bytes), (count) => told.push(count));
    write(CAPACITY_BYTES);
    for (let count = 0; count < 3; count++) write(1);
    expect([told, due.length]).toEqual([[], 1]);
    await settle();
    expect(told).toEqual([3]);
    write(1);
    await settle();
    expect(told).toEqual([3]);
    expect(sink.taken).toHaveLength(CAPACITY_BYTES + 1);
  });

  test('says it also when the latest that it has dropped is a text whose writer does not ask', async () => {
    const sink = new ScriptedSink();
    sink.behaviours = [{ takes: 'none', isLate: false }];
    const { later, settle } = timers();
    const output = new Output(sink, later, CAPACITY_BYTES);
    const told: number[] = [];
    output.write('.'.repeat(CAPACITY_BYTES));
    output.write('a line of the log', (count) => told.push(count));
    output.write('a warning of Node');
    await settle();
    expect(told).toEqual([2]);
  });

  test('tries a full pipe again soon, and anything else that failed after a second', async () => {
    const sink = new ScriptedSink();
    sink.behaviours = [
      { takes: 'none', isLate: false },
      { takes: 'none', isLate: true },
    ];
    const { due, later, settle } = timers();
    const output = new Output(sink, later);
    output.write('a');
    expect(due.map(({ ms }) => ms)).toEqual([50]);
    due.shift()?.run();
    await new Promise((resolve) => setImmediate(resolve));
    expect(due.map(({ ms }) => ms)).toEqual([1_000]);
    await settle();
    expect(sink.taken).toBe('a');
  });

  test('gives the operating system what waits when the process ends, and what is being written only once', async () => {
    const sink = new ScriptedSink();
    sink.behaviours = [{ takes: 'all', isLate: true }];
    const output = new Output(sink, timers().later);
    for (const one of ['a', 'b', 'c']) output.write(one);
    output.writeLast();
    expect(sink.taken).toBe('abc');
  });
});
