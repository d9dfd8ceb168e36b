// One node ends the sessions of nodes that have died, of which it hears while it runs.
import { describe, expect, test } from 'vitest';
import { defer } from '../../src/promises.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { LostSessions } from '../../src/storage/recording/lost-sessions.ts';
import { StorageError } from '../../src/storage/storage.ts';
import { ALONE, sessionRecord } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { FailingStorage } from '../support/failing-storage.ts';

const TURN_MS = 30_000;
const RETRY_MS = 5_000;
const LOCKED = new StorageError('locked', 'The database is locked by another process.');

/** A node, the storage that it shares, and what it knows of the others. */
class Rig {
  readonly clock = new SimulatedClock();
  readonly log = new CollectedLog();
  readonly alive = new Set<string>();
  /** Nodes of which it was asked whether they are alive. */
  readonly asked: string[] = [];
  /** Turns that were asked for. */
  readonly turns: string[] = [];
  takeTurn: () => Promise<boolean> = async () => true;
  readonly storage: FailingStorage;
  readonly lost: LostSessions;

  constructor(place?: string) {
    const { clock, log } = this;
    this.storage = Object.assign(new FailingStorage(new MemoryStorage(undefined, clock)), { place });
    this.lost = new LostSessions({
      storage: this.storage,
      clock,
      log,
      nodeId: 'me',
      isAlive: (nodeId) => {
        this.asked.push(nodeId);
        return this.alive.has(nodeId);
      },
      takeTurn: (name, ms) => {
        this.turns.push(`${name} ${ms}`);
        return this.takeTurn();
      },
    });
  }

  /** Saves an open session of each of these nodes. */
  async open(...nodeIds: readonly string[]): Promise<void> {
    await this.storage.sessions.save(nodeIds.map((nodeId) => sessionRecord(`of ${nodeId}`, { nodeId })));
  }

  /** Ids of the nodes with open sessions. */
  async nodes(): Promise<readonly string[]> {
    return (await this.storage.sessions.list({ open: true })).map(({ nodeId }) => String(nodeId)).sort();
  }

  async check(): Promise<void> {
    this.lost.check();
    await this.pass(0);
  }

  async pass(ms: number): Promise<void> {
    this.clock.increment(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  get lines(): unknown[] {
    return this.log.lines.map(({ level, text, error, data }) => [level, text, error ?? data]);
  }
}

async function opened(place?: string): Promise<Rig> {
  const rig = new Rig(place);
  await rig.storage.open({ ...ALONE, isAlive: () => true });
  return rig;
}

describe('a check', () => {
  test('ends the sessions of nodes that are not alive, says so, and leaves the others open', async () => {
    const rig = await opened();
    rig.alive.add('alive');
    await rig.open('me', 'alive', 'dead', 'gone');
    await rig.storage.sessions.save([sessionRecord('second of dead', { nodeId: 'dead' })]);
    await rig.check();
    expect(await rig.nodes()).toEqual(['alive', 'me']);
    expect(rig.lines).toEqual([
      ['warn', 'a node has died: sessions that were open are closed as lost', { lost: 2, ofNode: 'dead' }],
      ['warn', 'a node has died: sessions that were open are closed as lost', { lost: 1, ofNode: 'gone' }],
    ]);
    expect(rig.asked).not.toContain('me');
  });

  test('looks again when something was ended, since a node that seems dead may still save, and then no more', async () => {
    const rig = await opened();
    await rig.open('cut off');
    await rig.check();
    await rig.storage.sessions.save([sessionRecord('late', { nodeId: 'cut off' })]);
    await rig.pass(TURN_MS - 1);
    expect(await rig.nodes()).toEqual(['cut off']);
    await rig.pass(1);
    expect([await rig.nodes(), rig.clock.pending]).toEqual([[], 1]);
    await rig.pass(TURN_MS);
    expect(rig.clock.pending).toBe(0);
  });

  test('sets no timer when there was nothing to do', async () => {
    const rig = await opened('p');
    rig.alive.add('alive');
    await rig.open('me', 'alive');
    await rig.check();
    expect(rig.clock.pending).toBe(0);
  });

  test('needs no turn when nobody shares the storage', async () => {
    const rig = await opened();
    await rig.open('dead');
    await rig.check();
    expect(rig.turns).toEqual([]);
    expect(await rig.nodes()).toEqual([]);
  });

  test('takes a turn for each dead node at the place of the storage, and for no other', async () => {
    const rig = await opened('db:5432/chat');
    rig.alive.add('alive');
    await rig.open('me', 'alive', 'dead', 'gone');
    await rig.check();
    expect(rig.turns).toEqual([
      `lost-sessions:db:5432/chat:dead ${TURN_MS}`,
      `lost-sessions:db:5432/chat:gone ${TURN_MS}`,
    ]);
    expect(await rig.nodes()).toEqual(['alive', 'me']);
  });

  test('of a place that is null, as a program without types may have it, needs no turn', async () => {
    const rig = await opened(null as unknown as undefined);
    await rig.open('dead');
    await rig.check();
    expect([rig.turns, await rig.nodes()]).toEqual([[], []]);
  });

  test('leaves to another node what that has taken the turn for, and looks again when the turn is over', async () => {
    const rig = await opened('p');
    rig.takeTurn = async () => false;
    await rig.open('dead');
    await rig.check();
    await rig.pass(TURN_MS - 1);
    expect([await rig.nodes(), rig.turns.length, rig.lines]).toEqual([['dead'], 1, []]);
    rig.takeTurn = async () => true;
    await rig.pass(1);
    expect([await rig.nodes(), rig.turns.length]).toEqual([[], 2]);
  });

  test('looks no more once the other node has ended them', async () => {
    const rig = await opened('p');
    rig.takeTurn = async () => false;
    await rig.open('dead');
    await rig.check();
    await rig.storage.sessions.endLost(['dead']);
    await rig.pass(TURN_MS);
    expect([rig.turns.length, rig.clock.pending]).toEqual([1, 0]);
  });

  test('leaves a node alone that has come back while the turn was taken', async () => {
    const rig = await opened('p');
    const turn = defer<boolean>();
    rig.takeTurn = () => turn.promise;
    await rig.open('paused');
    await rig.check();
    rig.alive.add('paused');
    turn.resolve(true);
    await rig.pass(0);
    expect(await rig.nodes()).toEqual(['paused']);
    expect(rig.clock.pending).toBe(0);
  });

  test('that is asked for while one runs is made once, after it', async () => {
    const rig = await opened();
    await rig.open('a');
    const release = rig.storage.hold();
    const asked = rig.storage.asked;
    for (let n = 0; n < 5; n += 1) await rig.check();
    expect(rig.storage.asked).toBe(asked + 1);
    release();
    await rig.pass(0);
    // Two looks, and one end.
    expect(rig.storage.asked).toBe(asked + 3);
    expect(await rig.nodes()).toEqual([]);
  });

  test('that is asked for replaces the one that waits', async () => {
    const rig = await opened('p');
    rig.takeTurn = async () => false;
    await rig.open('dead');
    for (let n = 0; n < 5; n += 1) await rig.check();
    expect(rig.clock.pending).toBe(1);
  });
});

describe('a check that fails', () => {
  test('because of the storage is made again every 5 s, and logged when it begins and ends', async () => {
    const rig = await opened();
    await rig.open('dead');
    rig.storage.failure = LOCKED;
    const asked = rig.storage.asked;
    await rig.check();
    for (let n = 0; n < 3; n += 1) {
      expect(rig.storage.asked).toBe(asked + 1 + n);
      await rig.pass(RETRY_MS - 1);
      expect(rig.storage.asked).toBe(asked + 1 + n);
      await rig.pass(1);
    }
    rig.storage.failure = undefined;
    await rig.pass(RETRY_MS);
    expect(await rig.nodes()).toEqual([]);
    expect(rig.lines).toEqual([
      ['warn', 'sessions of dead nodes cannot be ended now', `StorageError: ${LOCKED.message}`],
      ['warn', 'a node has died: sessions that were open are closed as lost', { lost: 1, ofNode: 'dead' }],
      ['info', 'sessions of dead nodes are ended again', {}],
    ]);
  });

  test('because of the backplane is made again, and ends nothing without a turn', async () => {
    const rig = await opened('p');
    await rig.open('dead');
    rig.takeTurn = () => Promise.reject(new Error('no answer'));
    await rig.check();
    expect(await rig.nodes()).toEqual(['dead']);
    rig.takeTurn = async () => true;
    await rig.pass(RETRY_MS);
    expect(await rig.nodes()).toEqual([]);
  });

  test('after its turn was taken goes on with that turn', async () => {
    const rig = await opened('p');
    await rig.open('dead');
    rig.takeTurn = async () => {
      rig.storage.failure = LOCKED;
      return true;
    };
    await rig.check();
    rig.storage.failure = undefined;
    rig.takeTurn = async () => false;
    await rig.pass(RETRY_MS);
    expect([rig.turns.length, await rig.nodes()]).toEqual([1, []]);
  });

  test('has its turn no longer than 30 s', async () => {
    const rig = await opened('p');
    await rig.open('dead');
    rig.takeTurn = async () => {
      rig.storage.failure = LOCKED;
      return true;
    };
    await rig.check();
    for (let ms = 0; ms < TURN_MS - RETRY_MS; ms += RETRY_MS) await rig.pass(RETRY_MS);
    rig.storage.failure = undefined;
    rig.takeTurn = async () => false;
    await rig.pass(RETRY_MS);
    expect([rig.turns.length, await rig.nodes()]).toEqual([2, ['dead']]);
  });

  test('because the storage is not open yet is made again, and is no line', async () => {
    const rig = new Rig();
    await rig.check();
    await rig.storage.open({ ...ALONE, isAlive: () => true });
    await rig.open('dead');
    await rig.pass(RETRY_MS);
    expect(await rig.nodes()).toEqual([]);
    expect(rig.lines.map((line) => (line as unknown[])[1])).toEqual([
      'a node has died: sessions that were open are closed as lost',
    ]);
  });
});

describe('the end', () => {
  test('lets go of the timer, and no check follows', async () => {
    const rig = await opened('p');
    rig.takeTurn = async () => false;
    await rig.open('dead');
    await rig.check();
    rig.lost.stop();
    expect(rig.clock.pending).toBe(0);
    const { asked } = rig.storage;
    await rig.check();
    expect(rig.storage.asked).toBe(asked);
  });

  test('ends nothing more of a check that is under way, and sets no timer', async () => {
    const rig = await opened('p');
    const turn = defer<boolean>();
    rig.takeTurn = () => turn.promise;
    await rig.open('dead', 'gone');
    await rig.check();
    rig.lost.stop();
    turn.resolve(true);
    await rig.pass(0);
    expect(await rig.nodes()).toEqual(['dead', 'gone']);
    expect(rig.turns).toHaveLength(1);
    expect([rig.clock.pending, rig.lines]).toEqual([0, []]);
  });

  test('is silent about a storage that is closed meanwhile, and sets no timer', async () => {
    const rig = await opened();
    const release = rig.storage.hold();
    await rig.check();
    rig.lost.stop();
    rig.storage.failure = new Error('gone');
    release();
    await rig.pass(0);
    expect([rig.clock.pending, rig.lines]).toEqual([0, []]);
  });
});
