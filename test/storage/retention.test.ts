import { describe, expect, test } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import type { Kept } from '../../src/storage/retained.ts';
import { Retention } from '../../src/storage/retention/retention.ts';
import { type RetentionOptions, resolveRetention } from '../../src/storage/retention/retention-option.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';

const NOW = Date.UTC(2031, 0, 1);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BATCH = 500;

/** A store with a number of rows to delete, as far as a retention sees it. */
class Rows {
  failure: unknown;
  left: number;
  readonly #asked: (call: string) => void;
  readonly #name: string;

  constructor(name: string, left: number, asked: (call: string) => void) {
    this.#name = name;
    this.left = left;
    this.#asked = asked;
  }

  async prune(kept: Kept, limit: number): Promise<number> {
    this.#asked(`${this.#name} ${JSON.stringify(kept)}`);
    if (this.failure !== undefined) throw this.failure;
    const deleted = Math.min(this.left, limit);
    this.left -= deleted;
    return deleted;
  }

  async expire(now: number, limit: number): Promise<boolean> {
    this.#asked(`${this.#name} over at ${now - NOW}`);
    this.left = Math.max(0, this.left - limit);
    return this.left === 0;
  }
}

class Rig {
  readonly clock = new SimulatedClock(NOW);
  readonly log = new CollectedLog();
  /** What the stores were asked, in order. */
  readonly asked: string[] = [];
  readonly retention: Retention;
  readonly stores: Record<'sessions' | 'messages' | 'moderation' | 'tasks' | 'memberships', Rows>;

  constructor(options?: RetentionOptions, names = ['sessions', 'messages', 'moderation', 'tasks', 'memberships']) {
    const rows = (name: string) => [name, new Rows(name, 0, (call) => void this.asked.push(call))] as const;
    this.stores = Object.fromEntries(names.map(rows)) as typeof this.stores;
    const storage = this.stores as unknown as Storage;
    const { clock, log } = this;
    this.retention = new Retention({ storage, retention: resolveRetention(options, true), clock, log });
  }

  /** Lets time pass in steps, and the stores answer. */
  async pass(ms: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (let left = ms; left > 0; left -= 10) {
      this.clock.increment(Math.min(left, 10));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What was asked since the last look. */
  take(): string[] {
    return this.asked.splice(0);
  }
}

const days = (count: number) => JSON.stringify({ since: NOW - count * DAY });

describe('what stays', () => {
  test('is what is younger than 90 days, and tasks of 7; what was good until a moment is asked for, too', async () => {
    const rig = new Rig();
    rig.retention.start();
    await rig.pass(1_000);
    expect(rig.take()).toEqual([
      `sessions ${days(90)}`,
      `messages ${days(90)}`,
      `moderation ${days(90)}`,
      `tasks ${days(7)}`,
      'moderation over at 0',
      'memberships over at 0',
    ]);
  });

  test('is what the option says: a topic that is given has no other limit', async () => {
    const rig = new Rig(
      { sessions: { days: 0.5 }, messages: { count: 1_000 }, audit: { days: 365, count: 0 }, tasks: {} },
      ['sessions', 'messages', 'moderation', 'tasks'],
    );
    rig.retention.start();
    await rig.pass(1_000);
    expect(rig.take()).toEqual([
      `sessions ${days(0.5)}`,
      'messages {"count":1000}',
      `moderation ${JSON.stringify({ since: NOW - 365 * DAY, count: 0 })}`,
      'moderation over at 0',
    ]);
  });

  test('is told in whole milliseconds since 1970, whatever the clocks and the days are', async () => {
    const rig = new Rig({}, ['sessions', 'messages', 'memberships']);
    const { clock, log } = rig;
    const retention = new Retention({
      storage: rig.stores as unknown as Storage,
      retention: resolveRetention({ sessions: { days: 0.123456 }, messages: { days: 1e12 } }, true),
      clock: {
        now: () => clock.now() + 0.123,
        wallNow: () => clock.wallNow() + 0.4,
        setTimeout: (run, ms) => clock.setTimeout(run, ms),
        clearTimeout: (timer) => clock.clearTimeout(timer),
      },
      log,
    });
    retention.start();
    await rig.pass(1_000);
    expect(rig.take()).toEqual([
      `sessions ${JSON.stringify({ since: Math.ceil(NOW - 0.123456 * DAY) })}`,
      'messages {"since":0}',
      'memberships over at 0',
    ]);
  });

  test('is everything of a topic that a storage does not have', async () => {
    const rig = new Rig(undefined, ['sessions']);
    Object.assign(rig.stores, { messages: null, moderation: undefined });
    const retention = new Retention({
      storage: rig.stores as unknown as Storage,
      retention: resolveRetention(undefined, true),
      clock: rig.clock,
      log: rig.log,
    });
    retention.start();
    await rig.pass(1_000);
    expect(rig.take()).toEqual([`sessions ${days(90)}`]);
    expect(rig.log.lines).toEqual([]);
  });
});

describe('the deletion', () => {
  test('begins with the start, once, and comes again a minute after its end', async () => {
    const rig = new Rig({}, ['sessions']);
    rig.retention.start();
    rig.retention.start();
    await rig.pass(0);
    expect(rig.take()).toEqual([`sessions ${days(90)}`]);
    expect(rig.clock.pending).toBe(1);
    await rig.pass(60_010);
    expect(rig.take()).toEqual([]);
    await rig.pass(10);
    expect(rig.take()).toEqual([`sessions ${JSON.stringify({ since: NOW - 90 * DAY + 60_020 })}`]);
  });

  test('is done in batches of 500, of each topic in turn, with a pause after each', async () => {
    const rig = new Rig();
    rig.stores.sessions.left = 1_200;
    rig.stores.tasks.left = BATCH;
    rig.stores.memberships.left = 700;
    rig.retention.start();
    await rig.pass(0);
    expect(rig.take()).toEqual([`sessions ${days(90)}`]);
    await rig.pass(10);
    expect(rig.take()).toEqual([]);
    await rig.pass(110);
    expect(rig.take().map((call) => call.split(' ')[0])).toEqual(
      'messages moderation tasks moderation memberships sessions'.split(' '),
    );
    await rig.pass(200);
    expect(rig.take().map((call) => call.split(' ')[0])).toEqual('tasks memberships sessions'.split(' '));
    expect(Object.values(rig.stores).map(({ left }) => left)).toEqual([0, 0, 0, 0, 0]);
  });

  test('pauses as long as a batch takes: a slow storage has something else to do', async () => {
    const rig = new Rig({}, ['sessions']);
    rig.stores.sessions.left = 2 * BATCH;
    const { sessions } = rig.stores;
    const prune = sessions.prune.bind(sessions);
    sessions.prune = async (kept, limit) => {
      rig.clock.increment(300);
      return prune(kept, limit);
    };
    rig.retention.start();
    await rig.pass(290);
    expect(rig.take()).toHaveLength(1);
    await rig.pass(10);
    expect(rig.take()).toHaveLength(1);
  });

  test('ends for ever, also in the middle', async () => {
    const rig = new Rig();
    rig.stores.sessions.left = 10 * BATCH;
    rig.retention.start();
    await rig.pass(200);
    rig.retention.stop();
    rig.take();
    rig.retention.start();
    await rig.pass(200);
    rig.clock.increment(10 * 60_000);
    await rig.pass(0);
    expect(rig.take()).toEqual([]);
    expect(rig.clock.pending).toBe(0);
  });

  test('that was ended while a batch was done asks for no other', async () => {
    const rig = new Rig({}, ['sessions']);
    rig.stores.sessions.left = 10 * BATCH;
    rig.retention.start();
    rig.retention.stop();
    await rig.pass(1_000);
    expect(rig.take()).toHaveLength(1);
    expect(rig.clock.pending).toBe(0);
  });

  test.each([undefined, Number.NaN, null])('takes the answer %s of a storage as the end of a topic', async (answer) => {
    const rig = new Rig({}, ['sessions', 'memberships']);
    rig.stores.sessions.prune = async () => rig.asked.push('sessions') && (answer as number);
    rig.stores.memberships.expire = async () => rig.asked.push('memberships') > 0 && (answer as unknown as boolean);
    rig.retention.start();
    await rig.pass(1_000);
    expect(rig.take()).toEqual(['sessions', 'memberships']);
  });
});

describe('a storage that fails', () => {
  test('is tried again each minute, is a line in the log once, and keeps no other topic from being deleted', async () => {
    const rig = new Rig({}, ['sessions', 'messages']);
    rig.stores.sessions.failure = new Error('no answer from postgres://box:secret@db.example/box');
    rig.stores.messages.left = 3 * BATCH;
    rig.retention.start();
    await rig.pass(1_000);
    expect(rig.stores.messages.left).toBe(0);
    for (let minute = 0; minute < 3; minute += 1) await rig.pass(60_050);
    expect(rig.take().filter((call) => call.startsWith('sessions'))).toHaveLength(4);
    expect(rig.log.lines).toMatchObject([
      {
        level: 'warn',
        text: 'old rows of the storage cannot be deleted now',
        error: 'Error: no answer from postgres://…@db.example/box',
      },
    ]);
    rig.stores.sessions.failure = undefined;
    await rig.pass(60_050);
    await rig.pass(60_050);
    expect(rig.log.lines.slice(1)).toMatchObject([
      { level: 'info', text: 'old rows of the storage are deleted again' },
    ]);
    rig.stores.sessions.failure = 'no error at all';
    await rig.pass(60_050);
    expect(rig.log.lines).toHaveLength(3);
  });

  test('because it is not open yet is no line, and is tried again', async () => {
    const rig = new Rig({}, ['sessions']);
    const storage = new MemoryStorage();
    const { clock, log } = rig;
    const retention = new Retention({ storage, retention: resolveRetention({}, true), clock, log });
    retention.start();
    await rig.pass(1_000);
    await storage.open(ALONE);
    await storage.sessions.save([ended(sessionRecord('old')), ended(sessionRecord('new', { connectedAt: NOW }))]);
    await rig.pass(60_000);
    expect(await storage.sessions.list()).toMatchObject([{ id: 'new' }]);
    expect(log.lines).toEqual([]);
  });
});

describe('the wall clock', () => {
  async function started() {
    const rig = new Rig({}, ['sessions']);
    rig.retention.start();
    await rig.pass(0);
    rig.take();
    return rig;
  }
  /** By how much the last deletion is later than the first one. */
  async function later(rig: Rig, ms: number): Promise<number> {
    await rig.pass(10);
    for (let left = ms; left > 0; left -= 30_000) {
      rig.clock.increment(30_000);
      await rig.pass(30);
    }
    const [, since = ''] = /"since":(\d+)/.exec(rig.take().at(-1) ?? '') ?? [];
    return Number(since) - (NOW - 90 * DAY);
  }

  test('that is set ahead deletes nothing at first: only once it has been so for a day', async () => {
    const rig = await started();
    rig.clock.stepWall(365 * DAY);
    expect(await later(rig, 23 * HOUR)).toBeLessThan(24 * HOUR);
    expect(await later(rig, 2 * HOUR)).toBeGreaterThan(365 * DAY);
  });

  test('that is set ahead, and right again within a day, has deleted nothing', async () => {
    const rig = await started();
    rig.clock.stepWall(365 * DAY);
    await later(rig, 20 * HOUR);
    rig.clock.stepWall(-365 * DAY);
    expect(await later(rig, 20 * HOUR)).toBeLessThan(41 * HOUR);
    rig.clock.stepWall(365 * DAY);
    expect(await later(rig, 20 * HOUR)).toBeLessThan(62 * HOUR);
  });

  test('that is set back counts at once, and may gain a little', async () => {
    const rig = await started();
    rig.clock.stepWall(-10 * DAY);
    expect(await later(rig, HOUR)).toBeLessThan(-9 * DAY);
    for (let minutes = 0; minutes < 10; minutes += 1) {
      rig.clock.stepWall(30_000);
      await later(rig, 90_000);
    }
    expect(await later(rig, 90_000)).toBeGreaterThan(-10 * DAY + HOUR + 10 * 120_000);
  });
});

test('days and a number are checked, and so is a server that stores nothing', () => {
  expect(() => resolveRetention({}, false)).toThrow(
    'createServer: retention says what stays in the storage, and there is no storage.',
  );
  expect(resolveRetention(undefined, false)).toEqual(resolveRetention({}, true));
});
