import { describe, expect, test } from 'vitest';
import type { OpenedSession } from '../../src/hub/session-observer.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { SessionRecorder } from '../../src/storage/recording/session-recorder.ts';
import { type OpenStorageOptions, StorageError, type StorageTrouble } from '../../src/storage/storage.ts';
import { ALONE, sessionRecord } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { FailingStorage } from '../support/failing-storage.ts';
import { closedSession, openedSession } from '../support/recorded-sessions.ts';
import { WALL_CLOCK_STEPS } from '../support/wall-clock-steps.ts';

const CONNECTED_AT = Date.UTC(2031, 0, 1);
/** Time for which a session waits, so that others are saved with it. */
const GATHER_MS = 100;
const LOCKED = new StorageError('locked', 'The database is locked by another process.');
const UNREACHABLE = new StorageError('unreachable', 'The database at db:5432 does not answer.');
const FULL = new StorageError('full', 'The database cannot grow: no space is left.');

class Rig {
  readonly clock = new SimulatedClock(CONNECTED_AT);
  readonly log = new CollectedLog();
  readonly storage: FailingStorage;
  readonly recorder: SessionRecorder;

  constructor({
    queueLimit = 10_000,
    inner = new MemoryStorage(),
    isAlive = ALONE.isAlive as OpenStorageOptions['isAlive'],
  } = {}) {
    this.storage = new FailingStorage(inner);
    this.recorder = new SessionRecorder({
      ...ALONE,
      isAlive,
      storage: this.storage,
      clock: this.clock,
      log: this.log,
      queueLimit,
    });
  }

  get status() {
    return this.recorder.status();
  }

  get warnings(): readonly string[] {
    return this.log.lines.filter(({ level }) => level !== 'info').map(({ text, error }) => error ?? text);
  }

  open(connectionId: string, more: Partial<OpenedSession> = {}): void {
    this.recorder.opened(openedSession(connectionId, { connectedAt: this.clock.wallNow(), ...more }));
  }

  end(connectionId: string, closeReason = 'client-closed'): void {
    this.recorder.closed(closedSession(connectionId, { closeReason }));
  }

  /** Lets time pass, and the storage answer. */
  async pass(ms: number): Promise<void> {
    this.clock.increment(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Connection ids and states of the records of each save. */
  get saves(): string[][] {
    return this.storage.saves.map((records) =>
      records.map(({ connectionId, closeReason }) => `${connectionId} ${closeReason ?? 'open'}`),
    );
  }
}

async function started(options?: ConstructorParameters<typeof Rig>[0]): Promise<Rig> {
  const rig = new Rig(options);
  await rig.recorder.start();
  return rig;
}

describe('a session', () => {
  test('is saved when it begins and when it ends, with all that is known', async () => {
    const rig = await started();
    rig.open('c', { user: 'ann', remoteAddress: '::1', protocol: 'messagepack' });
    await rig.pass(GATHER_MS);
    const begun = {
      id: expect.stringMatching(/^0[0-9a-z]{8}[\w-]{14}$/),
      hub: '/hubs/chat',
      connectionId: 'c',
      user: 'ann',
      transport: 'WebSockets',
      protocol: 'messagepack',
      remoteAddress: '::1',
      nodeId: 'node-1',
      connectedAt: CONNECTED_AT,
      disconnectedAt: null,
      durationMs: null,
      messagesIn: null,
      messagesOut: null,
      closeReason: null,
    };
    expect(await rig.storage.sessions.list()).toEqual([begun]);
    await rig.pass(1_400);
    rig.end('c', 'connection-lost');
    await rig.pass(GATHER_MS);
    expect(await rig.storage.sessions.list()).toEqual([
      {
        ...begun,
        disconnectedAt: CONNECTED_AT + 1_500,
        durationMs: 1_500,
        messagesIn: 3,
        messagesOut: 4,
        closeReason: 'connection-lost',
      },
    ]);
    expect(rig.status).toEqual({ state: 'ready', queued: 0, saved: 2, dropped: 0, lost: 0 });
  });

  test('that begins and ends within a moment is one record', async () => {
    const rig = await started();
    rig.open('c');
    rig.end('c');
    await rig.pass(GATHER_MS);
    expect(rig.saves).toEqual([['c client-closed']]);
  });

  test('lasts from the connection on, not from the handshake', async () => {
    const rig = await started();
    await rig.pass(10_000);
    rig.open('c', { connectedAt: CONNECTED_AT + 3_000, ageMs: 7_000 });
    await rig.pass(500);
    rig.end('c');
    await rig.pass(GATHER_MS);
    expect(await rig.storage.sessions.list()).toMatchObject([
      { connectedAt: CONNECTED_AT + 3_000, disconnectedAt: CONNECTED_AT + 10_500, durationMs: 7_500 },
    ]);
  });

  test.each(Object.entries(WALL_CLOCK_STEPS))(
    'lasts as long as it does when the wall clock is set %s',
    async (_, stepMs) => {
      const rig = await started();
      const connectedAt = rig.clock.wallNow();
      rig.clock.stepWall(stepMs);
      await rig.pass(2_000);
      rig.open('c', { connectedAt, ageMs: 2_000 });
      rig.clock.stepWall(stepMs);
      await rig.pass(3_000);
      rig.end('c');
      await rig.pass(GATHER_MS);
      const disconnectedAt = connectedAt + 5_000;
      expect(await rig.storage.sessions.list()).toMatchObject([{ connectedAt, durationMs: 5_000, disconnectedAt }]);
    },
  );

  test('nobody has heard the beginning of is left out', async () => {
    const rig = await started();
    rig.end('c');
    await rig.pass(GATHER_MS);
    expect(rig.storage.asked).toBe(1);
  });
});

describe('saving', () => {
  test('is done for many sessions at once, and waits at most 100 ms for them', async () => {
    const rig = await started();
    rig.open('a');
    await rig.pass(50);
    rig.open('b');
    await rig.pass(49);
    expect(rig.saves).toEqual([]);
    await rig.pass(1);
    expect(rig.saves).toEqual([['a open', 'b open']]);
  });

  test('is done once at a time; what comes meanwhile goes together after it', async () => {
    const rig = await started();
    const release = rig.storage.hold();
    rig.open('a');
    await rig.pass(GATHER_MS);
    for (const id of ['b', 'c']) {
      rig.open(id);
      await rig.pass(100);
    }
    rig.end('a');
    expect(rig.storage.asked).toBe(2);
    release();
    await rig.pass(0);
    await rig.pass(GATHER_MS);
    expect(rig.saves).toEqual([['a open'], ['b open', 'c open', 'a client-closed']]);
  });

  test('is done in pieces of 1,000, one right after the other', async () => {
    const rig = await started();
    for (let n = 0; n < 2_500; n += 1) rig.open(`${n}`);
    await rig.pass(GATHER_MS);
    await rig.pass(0);
    await rig.pass(GATHER_MS);
    expect(rig.storage.saves.map((records) => records.length)).toEqual([1_000, 1_000, 500]);
  });

  test('is no work at all while nothing happens', async () => {
    const rig = await started();
    await rig.pass(3_600_000);
    expect(rig.storage.asked).toBe(1);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('a storage that fails', () => {
  test('is tried again, later and later, and everything is saved in the end', async () => {
    const rig = await started();
    rig.storage.failure = LOCKED;
    rig.open('a');
    await rig.pass(GATHER_MS);
    rig.end('a');
    rig.open('b');
    const trouble = { text: 'It is locked by another process.', detail: LOCKED.message };
    expect(rig.status).toMatchObject({ state: 'degraded', trouble, queued: 2, saved: 0, dropped: 0, lost: 0 });

    const waits = [];
    for (let passed = 0, asked = rig.storage.asked; waits.length < 7; passed += 100) {
      if (rig.storage.asked > asked) {
        waits.push(passed);
        asked = rig.storage.asked;
        passed = 0;
      }
      await rig.pass(100);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);

    rig.storage.failure = undefined;
    await rig.pass(2_000);
    expect(rig.saves).toEqual([['b open', 'a client-closed']]);
    expect(rig.status).toMatchObject({ state: 'ready', queued: 0, saved: 2 });
    expect(rig.status).not.toHaveProperty('error');
  });

  test('is logged once for each trouble, and so is its recovery', async () => {
    const rig = await started();
    rig.open('a');
    for (const trouble of [LOCKED, FULL]) {
      rig.storage.failure = trouble;
      await rig.pass(GATHER_MS);
      for (let n = 0; n < 5; n += 1) await rig.pass(2_000);
    }
    rig.storage.failure = undefined;
    await rig.pass(2_000);
    expect(rig.log.lines.map(({ level, text, error }) => [level, text, error])).toEqual([
      ['warn', 'session records cannot be saved, and wait', `StorageError: ${LOCKED.message}`],
      ['warn', 'session records cannot be saved, and wait', `StorageError: ${FULL.message}`],
      ['info', 'session records are saved again', undefined],
    ]);
  });

  test('holds up to its limit of ended sessions; the oldest go, and are counted', async () => {
    const rig = await started({ queueLimit: 10 });
    rig.storage.failure = FULL;
    for (let n = 0; n < 30; n += 1) rig.open(`open-${n}`);
    for (let n = 0; n < 120; n += 1) {
      rig.open(`${n}`);
      rig.end(`${n}`);
    }
    expect(rig.status).toMatchObject({ queued: 40, dropped: 110 });
    expect(rig.log.lines.map(({ text }) => text)).toEqual(
      Array(3).fill('records of ended sessions are dropped: too many wait for the storage'),
    );
    rig.storage.failure = undefined;
    await rig.pass(GATHER_MS);
    const kept = (await rig.storage.sessions.list({ open: false })).map(({ connectionId }) => Number(connectionId));
    expect(kept.sort((a, b) => a - b)).toEqual([110, 111, 112, 113, 114, 115, 116, 117, 118, 119]);
    expect(await rig.storage.sessions.list({ open: true })).toHaveLength(30);
  });

  test('takes too long: that is no readiness either', async () => {
    const rig = await started();
    const release = rig.storage.hold();
    rig.open('a');
    await rig.pass(GATHER_MS);
    await rig.pass(1_999);
    expect(rig.status.state).toBe('ready');
    await rig.pass(1_500);
    expect(rig.status).toMatchObject({ state: 'degraded', trouble: { text: 'It has not answered for 3 s.' } });
    release();
    await rig.pass(0);
    expect(rig.status).toMatchObject({ state: 'ready', saved: 1 });
  });

  test('is noticed while nobody comes or goes, by whoever asks for the status', async () => {
    const rig = await started();
    rig.storage.failure = LOCKED;
    await rig.pass(999);
    expect(rig.status.state).toBe('ready');
    await rig.pass(1);
    expect(rig.status.state).toBe('ready');
    await rig.pass(0);
    expect(rig.status).toMatchObject({ state: 'degraded', trouble: { detail: LOCKED.message } });
    rig.storage.failure = undefined;
    await rig.pass(100);
    expect(rig.status.state).toBe('ready');
  });
});

describe('a storage that cannot keep a record', () => {
  test('keeps the others; it is left out, logged and counted, and is no trouble', async () => {
    const rig = await started();
    rig.storage.refuses = ({ connectionId, disconnectedAt }) => connectionId === '4' && disconnectedAt !== null;
    for (let n = 0; n < 9; n += 1) rig.open(`${n}`);
    await rig.pass(GATHER_MS);
    for (let n = 0; n < 9; n += 1) rig.end(`${n}`);
    await rig.pass(GATHER_MS);
    const records = await rig.storage.sessions.list();
    expect(records.filter(({ disconnectedAt }) => disconnectedAt === null)).toMatchObject([{ connectionId: '4' }]);
    expect(records).toHaveLength(9);
    expect(rig.status).toMatchObject({ state: 'ready', queued: 0, saved: 17, dropped: 1 });
    expect(rig.log.lines.map(({ level, text, error }) => [level, text, error])).toEqual([
      ['warn', 'a session record cannot be kept, and is left out', 'StorageError: It cannot be kept.'],
    ]);
    const asked = rig.storage.asked;
    await rig.pass(10_000);
    expect(rig.storage.asked).toBe(asked);
  });

  test('and then fails: what it has kept is saved again with the rest, and nothing is left out', async () => {
    const rig = await started();
    rig.storage.refuses = ({ connectionId }) => connectionId === '1';
    for (let n = 0; n < 4; n += 1) rig.open(`${n}`);
    rig.storage.failure = LOCKED;
    await rig.pass(GATHER_MS);
    expect(rig.status).toMatchObject({ state: 'degraded', queued: 4, dropped: 0 });
    rig.storage.failure = undefined;
    await rig.pass(100);
    expect((await rig.storage.sessions.list()).map(({ connectionId }) => connectionId).sort()).toEqual(['0', '2', '3']);
    expect(rig.status).toMatchObject({ state: 'ready', queued: 0 });
  });
});

describe('a storage that works, but not as it should', () => {
  const LARGE: StorageTrouble = { severity: 'degraded', text: 'It is large.', detail: 'data.db has 9 GiB.' };

  test('says so with each answer, and it is logged when it begins, changes and ends', async () => {
    const rig = await started();
    for (const trouble of [LARGE, LARGE, { ...LARGE, detail: 'data.db has 10 GiB.' }, undefined, undefined]) {
      rig.storage.trouble = trouble;
      await rig.pass(1_000);
      void rig.status;
      await rig.pass(0);
      expect(rig.status.trouble).toEqual(trouble);
    }
    expect(rig.log.lines.map(({ level, text, data }) => [level, text, data])).toEqual([
      ['warn', 'the storage works, but not as it should', { severity: 'degraded', detail: LARGE.detail }],
      ['warn', 'the storage works, but not as it should', { severity: 'degraded', detail: 'data.db has 10 GiB.' }],
      ['info', 'the storage works as it should again', { afterMs: 3_000 }],
    ]);
  });

  test('fails: then that is what is said, until it works', async () => {
    const rig = await started();
    rig.storage.trouble = LARGE;
    rig.open('a');
    await rig.pass(GATHER_MS);
    rig.storage.failure = LOCKED;
    rig.open('b');
    await rig.pass(GATHER_MS);
    expect(rig.status.trouble).toMatchObject({ severity: 'unready', detail: LOCKED.message });
    rig.storage.failure = undefined;
    await rig.pass(2_000);
    expect(rig.status.trouble).toEqual(LARGE);
  });

  test('may say null, as a program without types does', async () => {
    const rig = await started();
    rig.storage.trouble = null as unknown as undefined;
    rig.open('a');
    await rig.pass(GATHER_MS);
    expect(rig.status).toMatchObject({ state: 'ready', saved: 1 });
  });
});

describe('the start', () => {
  test('ends the sessions that a crash has left open, and says how many', async () => {
    const inner = new MemoryStorage();
    await inner.open(ALONE);
    await inner.sessions.save([sessionRecord('x'), sessionRecord('y')]);
    await inner.close();
    const rig = await started({ inner });
    expect(rig.status.lost).toBe(2);
    expect(rig.warnings).toEqual(['a server has crashed: sessions that were open are closed as lost']);
    expect(await rig.storage.sessions.list({ open: true })).toEqual([]);
  });

  test('leaves the sessions of other nodes open when they are alive', async () => {
    const inner = new MemoryStorage();
    await inner.open(ALONE);
    const of = (nodeId: string) => sessionRecord(nodeId, { nodeId });
    await inner.sessions.save([of('dead'), of('alive'), of(ALONE.nodeId)]);
    await inner.close();
    const rig = await started({ inner, isAlive: (nodeId) => nodeId !== 'dead' });
    expect(rig.status.lost).toBe(2);
    expect(await rig.storage.sessions.list({ open: true })).toEqual([of('alive')]);
  });

  test.each([LOCKED, FULL, UNREACHABLE])(
    'does not wait for a storage that is $problem, which is opened later',
    async (trouble) => {
      const inner = new MemoryStorage();
      await inner.open(ALONE);
      await inner.sessions.save([sessionRecord('x', { connectedAt: 5 })]);
      await inner.close();
      const rig = new Rig({ inner });
      rig.storage.failure = trouble;
      await rig.recorder.start();
      rig.open('a');
      await rig.pass(100);
      expect(rig.status).toMatchObject({ state: 'degraded', trouble: { detail: trouble.message }, queued: 1, lost: 0 });

      rig.storage.failure = undefined;
      await rig.pass(2_000);
      expect(rig.status).toMatchObject({ state: 'ready', saved: 1, lost: 1 });
      expect(await rig.storage.sessions.list()).toMatchObject([
        { connectionId: 'a', closeReason: null },
        { id: 'x', closeReason: 'lost' },
      ]);
    },
  );

  test('fails when the storage cannot be used, and may be tried again', async () => {
    const rig = new Rig();
    expect(rig.status).toMatchObject({ state: 'degraded', trouble: { text: 'It is not open yet.' } });
    rig.storage.failure = new StorageError('newer-schema', 'Too new.');
    await expect(rig.recorder.start()).rejects.toBe(rig.storage.failure);
    expect(rig.storage.isClosed).toBe(true);
    expect(rig.clock.pending).toBe(0);
    // Whoever starts the server is told: nothing waits, so no line says so.
    expect(rig.log.lines).toEqual([]);
    rig.storage.failure = undefined;
    await Promise.all([rig.recorder.start(), rig.recorder.start()]);
    expect(rig.storage.asked).toBe(2);
    expect(rig.status.state).toBe('ready');
  });

  test.each([
    ['promises and fails', () => Promise.reject(new Error('the backplane at redis://:secret@b does not answer'))],
    [
      'throws',
      () => {
        throw new Error('the backplane at redis://:secret@b does not answer');
      },
    ],
  ])('does not wait until it is known which nodes are alive, when isAlive %s', async (_how, fails) => {
    const inner = new MemoryStorage();
    await inner.open(ALONE);
    await inner.sessions.save([sessionRecord('x', { nodeId: 'other' }), sessionRecord('y', { nodeId: 'dead' })]);
    await inner.close();
    let isAlive: (nodeId: string) => boolean | Promise<boolean> = fails;
    const rig = new Rig({ inner, isAlive: (nodeId) => isAlive(nodeId) });
    await rig.recorder.start();
    rig.open('a');
    await rig.pass(100);
    expect(rig.status).toMatchObject({ state: 'degraded', queued: 1, lost: 0 });
    expect(rig.status.trouble?.severity).toBe('unready');
    expect(rig.status.trouble?.text).toBe('It is not open yet: it is not known which nodes are alive.');
    expect(rig.status.trouble?.detail).toMatch(
      /^It is not known whether the node (other|dead) is alive: the backplane at/,
    );
    expect(JSON.stringify([rig.status, rig.log.lines])).not.toContain('secret');

    isAlive = async (nodeId) => nodeId === 'other';
    await rig.pass(2_000);
    expect(rig.status).toMatchObject({ state: 'ready', saved: 1, lost: 1 });
    const open = await rig.storage.sessions.list({ open: true });
    expect(open.map(({ nodeId }) => nodeId).sort()).toEqual([ALONE.nodeId, 'other']);
    expect(rig.clock.pending).toBe(0);
  });

  test('is not waited for by sessions', async () => {
    const rig = new Rig();
    rig.open('a');
    await rig.recorder.start();
    await rig.pass(GATHER_MS);
    expect(rig.saves).toEqual([['a open']]);
  });
});

describe('a node that comes back', () => {
  const reopened = async () => {
    const rig = await started();
    for (const id of ['a', 'b', 'over']) rig.open(id);
    await rig.pass(GATHER_MS);
    rig.end('over');
    await rig.pass(GATHER_MS);
    await rig.storage.sessions.endLost([ALONE.nodeId]);
    return rig;
  };
  const states = async (rig: Rig) => {
    const records = await rig.storage.sessions.list();
    return Object.fromEntries(records.map(({ connectionId, closeReason }) => [connectionId, closeReason ?? 'open']));
  };

  test('opens its sessions again that another one took for lost', async () => {
    const rig = await reopened();
    expect(await states(rig)).toEqual({ a: 'lost', b: 'lost', over: 'client-closed' });
    rig.recorder.reopen();
    await rig.pass(GATHER_MS);
    expect(await states(rig)).toEqual({ a: 'open', b: 'open', over: 'client-closed' });
    rig.end('a');
    await rig.pass(GATHER_MS);
    expect(await states(rig)).toEqual({ a: 'client-closed', b: 'open', over: 'client-closed' });
  });

  test('and once more after 30 s, since the other one may end them after that', async () => {
    const rig = await reopened();
    rig.recorder.reopen();
    await rig.pass(GATHER_MS);
    await rig.storage.sessions.endLost([ALONE.nodeId]);
    rig.end('a');
    await rig.pass(GATHER_MS);
    await rig.pass(29_800 - 1);
    expect(await states(rig)).toEqual({ a: 'client-closed', b: 'lost', over: 'client-closed' });
    await rig.pass(1);
    await rig.pass(GATHER_MS);
    expect(await states(rig)).toEqual({ a: 'client-closed', b: 'open', over: 'client-closed' });
    expect(rig.clock.pending).toBe(0);
  });

  test('twice has one timer, and none when it is closed', async () => {
    const rig = await reopened();
    rig.recorder.reopen();
    rig.recorder.reopen();
    await rig.pass(GATHER_MS);
    expect(rig.clock.pending).toBe(1);
    const closed = rig.recorder.close();
    await rig.pass(0);
    await closed;
    rig.recorder.reopen();
    expect(rig.clock.pending).toBe(0);
    expect(rig.status.queued).toBe(0);
  });
});

describe('the end', () => {
  test('saves what waits, and closes the storage', async () => {
    const rig = await started();
    for (let n = 0; n < 2_500; n += 1) {
      rig.open(`${n}`);
      rig.end(`${n}`);
    }
    const closed = rig.recorder.close();
    for (let n = 0; n < 4; n += 1) await rig.pass(0);
    await closed;
    expect(rig.storage.saves.flat()).toHaveLength(2_500);
    expect(rig.storage.isClosed).toBe(true);
    expect(rig.clock.pending).toBe(0);
  });

  test('tries until its time is over, then says what is left', async () => {
    const rig = await started();
    rig.storage.failure = LOCKED;
    rig.open('a');
    rig.open('b');
    rig.end('b');
    const closed = rig.recorder.close(3_000);
    for (let n = 0; n < 30; n += 1) await rig.pass(100);
    await closed;
    expect(rig.storage.asked).toBeGreaterThan(20);
    expect(rig.status).toMatchObject({ queued: 0, dropped: 2, saved: 0 });
    expect(rig.warnings.at(-1)).toBe('session records could not be saved in time');
    expect(rig.storage.isClosed).toBe(true);
  });

  test('is saved at the last moment, when the trouble ends in time', async () => {
    const rig = await started();
    rig.storage.failure = LOCKED;
    rig.open('a');
    rig.end('a');
    const closed = rig.recorder.close(3_000);
    for (let n = 0; n < 20; n += 1) await rig.pass(100);
    rig.storage.failure = undefined;
    await rig.pass(100);
    await closed;
    expect(rig.saves).toEqual([['a client-closed']]);
    expect(rig.status.dropped).toBe(0);
  });

  test('does not wait for ever for a storage that says nothing', async () => {
    const rig = await started();
    rig.storage.hold();
    rig.open('a');
    const closed = rig.recorder.close(3_000);
    for (const ms of [0, 3_000, 2_000]) await rig.pass(ms);
    await closed;
    expect(rig.status.dropped).toBe(1);
    expect(rig.warnings.at(-1)).toBe('the storage has not closed in time');
  });

  test('comes once, and nothing is recorded after it', async () => {
    const rig = await started();
    rig.open('a');
    await rig.pass(GATHER_MS);
    await Promise.all([rig.recorder.close(), rig.recorder.close()]);
    rig.open('b');
    rig.end('a');
    await rig.pass(10_000);
    expect(rig.saves).toEqual([['a open']]);
    expect(rig.clock.pending).toBe(0);
  });

  test('may come without a start', async () => {
    const rig = new Rig();
    rig.open('a');
    await rig.recorder.close();
    expect(rig.status.dropped).toBe(1);
    expect(rig.storage.isClosed).toBe(true);
  });
});
