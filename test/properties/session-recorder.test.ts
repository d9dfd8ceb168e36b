import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { SessionQueue } from '../../src/storage/recording/session-queue.ts';
import { SessionRecorder } from '../../src/storage/recording/session-recorder.ts';
import type { SessionRecord } from '../../src/storage/session-store.ts';
import { StorageError } from '../../src/storage/storage.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { FailingStorage } from '../support/failing-storage.ts';
import { property } from '../support/property.ts';

type Step =
  | { readonly do: 'open' | 'end'; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'fail' | 'fail after saving' | 'work' | 'hold' | 'release' | 'ask' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('open', 'end'), count: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 0, max: 300 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('fail', 'fail after saving', 'work', 'hold', 'release', 'ask') }),
  },
);

/** A recorder, its storage, and all sessions so far. */
class RecorderSimulation {
  readonly clock = new SimulatedClock();
  readonly storage = new FailingStorage();
  readonly recorder: SessionRecorder;
  /** Connection ids in the order in which the sessions began. */
  readonly open: string[] = [];
  readonly over: string[] = [];
  hasLostAnswers = false;
  #release: () => void = () => {};
  #count = 0;

  constructor(queueLimit: number) {
    const { storage, clock } = this;
    this.recorder = new SessionRecorder({ ...ALONE, storage, clock, log: new CollectedLog(), queueLimit });
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'open') for (let n = 0; n < step.count; n += 1) this.#open();
    else if (step.do === 'end') for (let n = 0; n < step.count; n += 1) this.end();
    else if (step.do === 'pass') await this.pass(step.ms);
    else if (step.do === 'ask') this.recorder.status();
    else if (step.do === 'hold') this.#hold();
    else if (step.do === 'release') this.#release();
    else this.#trouble(step.do);
  }

  end(): void {
    const connectionId = this.open.shift();
    if (connectionId === undefined) return;
    this.over.push(connectionId);
    this.recorder.closed({ hub: '/', connectionId, messagesIn: 0, messagesOut: 0, closeReason: 'client-closed' });
  }

  /** Lets time pass, and lets the recorder receive the answers of that time. */
  async pass(ms: number): Promise<void> {
    this.clock.increment(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Ends all trouble of the storage, and waits until the recorder knows: an answer may still be on its way. */
  async recover(): Promise<void> {
    this.#release();
    this.storage.failure = undefined;
    const isTroubled = () => this.recorder.status().queued > 0 || this.recorder.status().state !== 'ready';
    do await this.pass(100);
    while (isTroubled());
  }

  #open(): void {
    const connectionId = `${this.#count}`;
    this.#count += 1;
    this.open.push(connectionId);
    this.recorder.opened({
      hub: '/',
      connectionId,
      user: undefined,
      transport: 'WebSockets',
      protocol: 'json',
      remoteAddress: '',
      connectedAt: 0,
      ageMs: 0,
    });
  }

  #hold(): void {
    this.#release();
    this.#release = this.storage.hold();
  }

  #trouble(kind: 'fail' | 'fail after saving' | 'work'): void {
    this.storage.failure = kind === 'work' ? undefined : new StorageError('locked', 'Locked.');
    this.storage.isDoneAnyway = kind === 'fail after saving';
    this.hasLostAnswers ||= this.storage.isDoneAnyway;
  }
}

describe('whatever the storage does', () => {
  property(
    'a session that has ended is saved once, or counted as dropped; one that is open is saved',
    [fc.array(step, { maxLength: 60, size: 'max' }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 9 })],
    {
      runs: 200,
      sometimes: [
        'an answer is lost',
        'sessions are dropped',
        'sessions are saved',
        'one is still open',
        'one is refused among others',
      ],
    },
    async (steps, queueLimit, refusedOne, reached) => {
      const simulation = new RecorderSimulation(queueLimit);
      // A storage that cannot keep one record of so many.
      const isRefused = (connectionId: string) => Number(connectionId) % refusedOne === 1;
      simulation.storage.refuses = ({ connectionId, disconnectedAt }) =>
        disconnectedAt !== null && isRefused(connectionId);
      await simulation.recorder.start();
      for (const step of steps) await simulation.take(step);
      await simulation.recover();

      const records = await simulation.storage.sessions.list({ limit: Number.POSITIVE_INFINITY });
      const connections = records.map(({ connectionId }) => connectionId);
      expect(new Set(connections).size).toBe(connections.length);

      const endsSaved = new Set(
        records.filter(({ closeReason }) => closeReason === 'client-closed').map(({ connectionId }) => connectionId),
      );
      const unsaved = simulation.over.filter((connectionId) => !endsSaved.has(connectionId));
      const { dropped, queued, state } = simulation.recorder.status();
      reached('an answer is lost', simulation.hasLostAnswers && dropped > 0);
      reached('sessions are dropped', !simulation.hasLostAnswers && dropped > 0);
      reached('sessions are saved', endsSaved.size > 1);
      reached('one is still open', simulation.open.length > 0);
      reached('one is refused among others', simulation.over.some(isRefused) && endsSaved.size > 2);
      // When an answer is lost, the recorder regards a saved record as unsaved.
      if (simulation.hasLostAnswers) expect(unsaved.length).toBeLessThanOrEqual(dropped);
      else expect(unsaved.length).toBe(dropped);
      expect({ queued, state }).toEqual({ queued: 0, state: 'ready' });

      const acknowledged = simulation.storage.saves.flat().filter((record) => record.closeReason !== null);
      expect(new Set(acknowledged.map(({ id }) => id)).size).toBe(acknowledged.length);
      expect(simulation.open.filter((connectionId) => !connections.includes(connectionId))).toEqual([]);
    },
  );

  property(
    'what was not dropped is there after the end, if the storage works by then',
    [fc.array(step, { maxLength: 40, size: 'max' })],
    { runs: 100, sometimes: ['the storage had trouble at the end', 'sessions have ended before'] },
    async (steps, reached) => {
      const simulation = new RecorderSimulation(10_000);
      await simulation.recorder.start();
      for (const step of steps) await simulation.take(step);
      reached('the storage had trouble at the end', simulation.storage.failure !== undefined);
      reached('sessions have ended before', simulation.over.length > 1);
      simulation.storage.failure = undefined;
      await simulation.take({ do: 'release' });
      while (simulation.open.length > 0) simulation.end();
      let isClosed = false;
      const closed = simulation.recorder.close().then(() => {
        isClosed = true;
      });
      while (!isClosed) await simulation.pass(10);
      await closed;
      await simulation.storage.open(ALONE);
      expect(simulation.recorder.status().dropped).toBe(0);
      expect(await simulation.storage.sessions.list({ open: false, limit: 10_000 })).toHaveLength(
        simulation.over.length,
      );
    },
  );
});

type QueueStep =
  | { readonly do: 'open' | 'end'; readonly id: number }
  | { readonly do: 'take'; readonly limit: number }
  | { readonly do: 'settle'; readonly saved: number };

const queueStep: fc.Arbitrary<QueueStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('open', 'end'), id: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take'), limit: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('settle'), saved: fc.nat(6) }) },
);

describe('the queue', () => {
  property(
    'never holds more ended sessions than its limit, and hands out or drops every one',
    [fc.array(queueStep, { maxLength: 200, size: 'max' }), fc.integer({ min: 1, max: 10 })],
    { runs: 300, sometimes: ['one is dropped', 'some are saved', 'some are not saved, and taken again'] },
    (steps, limit, reached) => {
      const queue = new SessionQueue(limit, () => {});
      const begun = new Set<string>();
      const over = new Set<string>();
      const saved = new Set<string>();
      let taken: readonly SessionRecord[] = [];
      let isTaken = false;
      const settle = (count: number) => {
        const settled = taken.slice(0, count);
        queue.settle(settled);
        queue.restore();
        reached('some are saved', settled.length > 0);
        reached('some are not saved, and taken again', settled.length < taken.length);
        for (const { id, closeReason } of settled) if (closeReason !== null) saved.add(id);
        isTaken = false;
        taken = [];
      };
      for (const step of steps) {
        if (step.do === 'open' && !begun.has(`${step.id}`)) {
          begun.add(`${step.id}`);
          queue.add(sessionRecord(`${step.id}`));
        } else if (step.do === 'end' && begun.has(`${step.id}`) && !over.has(`${step.id}`)) {
          over.add(`${step.id}`);
          queue.add(ended(sessionRecord(`${step.id}`)));
        } else if (step.do === 'take' && !isTaken) {
          taken = queue.take(step.limit);
          isTaken = true;
          expect(taken.length).toBeLessThanOrEqual(step.limit);
        } else if (step.do === 'settle' && isTaken) settle(step.saved);
        expect(queue.ended).toBeLessThanOrEqual(limit);
        reached('one is dropped', queue.dropCount > 0);
        expect(saved.size + queue.ended + queue.dropCount).toBe(over.size);
      }
      if (isTaken) settle(0);
      taken = queue.take(1_000);
      settle(1_000);
      expect(queue.size).toBe(0);
      expect(saved.size + queue.dropCount).toBe(over.size);
    },
  );
});
