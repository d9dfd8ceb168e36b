import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { WriteTurns } from '../../src/storage/sqlite-thread/write-turns.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { property } from '../support/property.ts';

/** The lock of a database, in simulated time. */
class Lock {
  readonly clock = new SimulatedClock();
  /** Names of the processes that have written, in order. */
  readonly writers: string[] = [];
  heldUntil = 0;
  holder = '';
}

interface Request {
  readonly name: string;
  readonly isRead?: boolean;
  /** Number of writes of all processes when it was asked. */
  readonly at: number;
}

/** A process that shares the database. What it writes takes some time, for which its thread does nothing else. */
class Process {
  readonly answers: string[] = [];
  /** The largest number of writes of others that one of its own has let go ahead. */
  overtaken = 0;
  readonly #lock: Lock;
  readonly #name: string;
  readonly #writeMs: number;
  readonly #turns: WriteTurns<Request>;
  #busyUntil = 0;
  #hasWritten = false;
  #seen = 0;
  #count = 0;
  #isOver = false;

  constructor(lock: Lock, name: string, writeMs: number, random = Math.random) {
    this.#lock = lock;
    this.#name = name;
    this.#writeMs = writeMs;
    const { clock } = lock;
    const own: Clock = {
      now: () => Math.max(clock.now(), this.#busyUntil),
      wallNow: () => clock.wallNow(),
      // A timer of Node's takes a millisecond at least, and fires when the thread has nothing else to do.
      setTimeout: (run, ms) => clock.setTimeout(run, own.now() + Math.max(1, Math.trunc(ms)) - clock.now()),
      clearTimeout: (timer) => clock.clearTimeout(timer),
    };
    this.#turns = new WriteTurns<Request>(
      {
        attempt: (request, mayWrite) => this.#attempt(request, mayWrite),
        attemptFinally: (request) => void (this.#attempt(request, true) || this.answers.push(`${request.name} locked`)),
        hasWritten: () => {
          const has = this.#hasWritten;
          this.#hasWritten = false;
          return has;
        },
        hasOthersWritten: () => {
          const since = lock.writers.slice(this.#seen);
          this.#seen = lock.writers.length;
          return since.some((writer) => writer !== name);
        },
      },
      own,
      random,
    );
  }

  ask(name: string, isRead = false): void {
    this.#turns.add({ name, isRead, at: this.#lock.writers.length });
  }

  /** Has so many writes waiting from now on, and asks for another one as soon as one is done. */
  saturate(waiting: number): void {
    for (let count = 0; count < waiting; count += 1) this.#askNext();
  }

  stop(): void {
    this.#isOver = true;
  }

  #askNext(): void {
    this.#count += 1;
    const request = `${this.#count}`;
    const { clock } = this.#lock;
    // The thread gets it when it has nothing else to do.
    const waitMs = Math.max(0, this.#busyUntil - clock.now());
    clock.setTimeout(() => !this.#isOver && this.ask(request), waitMs);
  }

  #attempt({ name, isRead = false, at }: Request, mayWrite: boolean): boolean {
    const lock = this.#lock;
    const now = Math.max(lock.clock.now(), this.#busyUntil);
    const isHeld = now < lock.heldUntil && lock.holder !== this.#name;
    if (!isRead && (!mayWrite || isHeld)) return false;
    this.answers.push(name);
    if (isRead) return true;
    const others = lock.writers.slice(at).filter((writer) => writer !== this.#name);
    this.overtaken = Math.max(this.overtaken, others.length);
    lock.writers.push(this.#name);
    lock.holder = this.#name;
    lock.heldUntil = now + this.#writeMs;
    this.#busyUntil = lock.heldUntil;
    this.#hasWritten = true;
    if (this.#count > 0) this.#askNext();
    return true;
  }
}

/** Another program that has the lock. */
function hold(lock: Lock, ms = Number.POSITIVE_INFINITY): void {
  lock.holder = 'another program';
  lock.heldUntil = lock.clock.now() + ms;
}

/** Numbers from 0 to below 1 that look random (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Turns are drawn by lot. Less than half as many have been seen in 400 cases. */
const BOUND = 400;

describe('what writes', () => {
  test('is done at once while nobody else writes, one after the other without a pause', () => {
    const lock = new Lock();
    const process = new Process(lock, 'a', 3);
    for (let n = 0; n < 20; n += 1) process.ask(`${n}`);
    expect(process.answers).toHaveLength(20);
    expect(lock.clock.pending).toBe(0);
  });

  test('waits for the lock in its order; what reads does not', () => {
    const lock = new Lock();
    const process = new Process(lock, 'a', 0);
    hold(lock, 500);
    for (const name of ['1', '2', '3']) process.ask(name);
    process.ask('list', true);
    expect(process.answers).toEqual(['list']);
    lock.clock.increment(499);
    expect(process.answers).toEqual(['list']);
    process.ask('find', true);
    lock.heldUntil = 0;
    process.ask('4');
    lock.clock.increment(20);
    expect(process.answers).toEqual(['list', 'find', '1', '2', '3', '4']);
    expect(lock.clock.pending).toBe(0);
  });

  test('asks again within two milliseconds, once it has waited for a while', () => {
    for (let ms = 300; ms < 310; ms += 1) {
      const lock = new Lock();
      const process = new Process(lock, 'a', 0, () => 0.999);
      hold(lock, ms);
      process.ask('1');
      lock.clock.increment(ms + 2);
      expect(process.answers).toEqual(['1']);
    }
  });

  test('says that the database is locked when it is so for 1.5 s, and then does what comes', () => {
    const lock = new Lock();
    const process = new Process(lock, 'a', 0);
    hold(lock);
    process.ask('1');
    lock.clock.increment(1_000);
    process.ask('2');
    lock.clock.increment(490);
    expect(process.answers).toEqual([]);
    lock.clock.increment(20);
    expect(process.answers).toEqual(['1 locked']);
    lock.clock.increment(1_000);
    expect(process.answers).toEqual(['1 locked', '2 locked']);
    lock.heldUntil = 0;
    process.ask('3');
    expect(process.answers).toEqual(['1 locked', '2 locked', '3']);
    expect(lock.clock.pending).toBe(0);
  });

  test('waits for longer while others let it write: that is no lock, but much to do', () => {
    const lock = new Lock();
    const busy = [new Process(lock, 'a', 40), new Process(lock, 'b', 40)];
    for (const process of busy) process.saturate(60);
    lock.clock.increment(20_000);
    for (const process of busy) {
      expect(process.answers.filter((answer) => answer.endsWith('locked'))).toEqual([]);
      expect(process.answers.length).toBeGreaterThan(100);
    }
  });
});

describe('several processes that write without a pause', () => {
  property(
    'all have their turns: none waits for more than so many writes of the others',
    [
      fc.array(fc.record({ writeMs: fc.integer({ min: 1, max: 12 }), waiting: fc.integer({ min: 1, max: 3 }) }), {
        minLength: 2,
        maxLength: 5,
      }),
      fc.integer(),
    ],
    { runs: 40, sometimes: ['five'] },
    (kinds, seed, reached) => {
      const lock = new Lock();
      const random = randomOf(seed);
      const processes = kinds.map(({ writeMs }, at) => new Process(lock, `${at}`, writeMs, random));
      for (const [at, process] of processes.entries()) process.saturate(kinds[at]?.waiting ?? 1);
      lock.clock.increment(20_000);
      if (processes.length === 5) reached('five');
      for (const { overtaken, answers } of processes) {
        expect(answers.filter((answer) => answer.endsWith('locked'))).toEqual([]);
        expect(overtaken).toBeLessThan(BOUND);
      }
    },
  );
});
