import { describe, expect, onTestFinished, test } from 'vitest';
import { StoreWatch } from '../../src/auth/store-watch.ts';
import type { StoreWatcher } from '../../src/auth/store-watcher.ts';
import type { KeyRow, StoreChanges } from '../../src/storage/key-store.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { keyRow } from '../../src/testing/key-rows.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CountedStore, settled } from '../support/key-site.ts';

const MINUTE_MS = 60_000;

/** Everything that a watcher was told. */
class Told implements StoreWatcher {
  /** Ids of keys, credentials and users, of all answers that had some. */
  readonly changes: string[][] = [];
  readonly states: string[] = [];
  ticks = 0;

  changed: StoreWatcher['changed'] = ({ keys, credentials, users }) => {
    const ids = [...keys, ...credentials, ...users].map(({ id }) => id);
    if (ids.length > 0) this.changes.push(ids);
  };
  tick(): void {
    this.ticks += 1;
  }
  failed(error: unknown): void {
    this.states.push(`failed: ${error}`);
  }
  works(): void {
    this.states.push('works');
  }
}

/** A watch of a store in memory, which has a key, a revoked credential and a revoked user since two minutes ago. */
async function watching({ fromTheBeginning = false } = {}) {
  const clock = new SimulatedClock();
  const storage = new MemoryStorage(undefined, clock);
  await storage.open(ALONE);
  const { keys } = storage;
  await keys.put(keyRow('old-key'));
  await keys.revokeCredential('old-credential', clock.wallNow(), null);
  await keys.revokeUser('old-user', clock.wallNow());
  clock.increment(2 * MINUTE_MS);
  const store = new CountedStore(keys);
  const watch = new StoreWatch({ store, clock, fromTheBeginning });
  onTestFinished(() => watch.stop());
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 1) {
      clock.increment(1_000);
      await settled();
    }
  };
  return { clock, keys, store, watch, pass };
}

describe('a store', () => {
  test('is asked once a second, for all who watch it together', async () => {
    const { clock, keys, store, watch, pass } = await watching();
    const [one, two] = [new Told(), new Told()];
    const [first, second] = [watch.add(one), watch.add(two)];
    first.start();
    second.start();
    await pass(1);
    await keys.put(keyRow('a'));
    await keys.revokeCredential('b', clock.wallNow(), null);
    await keys.revokeUser('c', clock.wallNow());
    await pass(1);
    expect(store.asked).toEqual({ changesSince: 2 });
    for (const { changes, ticks } of [one, two]) {
      expect(changes).toEqual([['a', 'b', 'c']]);
      expect(ticks).toBe(2);
    }
  });

  test('is asked for no more than changes, or first for everything that was revoked', async () => {
    for (const [fromTheBeginning, first] of [
      [false, []],
      [true, [['old-credential', 'old-user']]],
    ] as const) {
      const { watch, pass } = await watching({ fromTheBeginning });
      const told = new Told();
      watch.add(told);
      watch.start();
      await watch.ask();
      expect(told.changes).toEqual(first);
      await pass(1);
      expect(told.changes).toEqual(first);
    }
  });

  test('is asked for that until it has answered', async () => {
    const { store, watch, pass } = await watching({ fromTheBeginning: true });
    const told = new Told();
    watch.add(told);
    store.failure = new Error('away');
    watch.start();
    await watch.ask();
    await pass(2 * 60);
    store.failure = undefined;
    await pass(1);
    expect(told.changes).toEqual([['old-credential', 'old-user']]);
    expect(told.states).toEqual(['failed: Error: away', 'works']);
  });

  test('may have changes of a clock that is a minute behind', async () => {
    const { clock, keys, watch, pass } = await watching();
    const told = new Told();
    watch.add(told);
    watch.start();
    await pass(1);
    await keys.revokeCredential('in time', clock.wallNow() - MINUTE_MS, null);
    await keys.revokeCredential('too old', clock.wallNow() - MINUTE_MS - 1, null);
    await pass(1);
    expect(told.changes).toEqual([['in time']]);
  });

  test('has what was revoked after the clock was set back', async () => {
    const { clock, keys, watch, pass } = await watching();
    const told = new Told();
    watch.add(told);
    watch.start();
    await pass(1);
    clock.stepWall(-60 * MINUTE_MS);
    await keys.revokeCredential('a', clock.wallNow(), null);
    await pass(1);
    expect(told.changes.flat()).toContain('a');
  });

  test('counts from the latest question, not from an answer to an earlier one that comes late', async () => {
    const { store, watch, pass } = await watching();
    const watched = watch.add(new Told());
    watched.start();
    let open: () => void = () => {};
    store.gate = new Promise((done) => {
      open = done;
    });
    await pass(1);
    store.gate = undefined;
    await pass(11);
    expect(store.asked).toEqual({ changesSince: 3 });
    store.failure = new Error('away');
    open();
    await pass(29);
    expect(watched.isCurrent).toBe(true);
    await pass(1);
    expect(watched.isCurrent).toBe(false);
  });
});

describe('a key that was changed here', () => {
  test('is read at once, as it is in the store', async () => {
    const { clock, keys, watch } = await watching();
    const told: [KeyRow[], number][] = [];
    watch.add(
      Object.assign(new Told(), { changed: ({ keys: rows }: StoreChanges, at: number) => told.push([[...rows], at]) }),
    );
    clock.increment(500);
    await keys.put(keyRow('old-key', { revokedAt: 7 }));
    await watch.read('old-key');
    expect(told).toEqual([[[keyRow('old-key', { revokedAt: 7 })], clock.now()]]);
  });

  test('that cannot be read is left to the next question', async () => {
    const { keys, store, watch, pass } = await watching();
    const told = new Told();
    watch.add(told);
    watch.start();
    await keys.put(keyRow('a'));
    store.failure = new Error('away');
    await watch.read('a');
    await watch.read('unknown');
    store.failure = undefined;
    expect(told.changes).toEqual([]);
    await pass(1);
    expect(told.changes).toEqual([['a']]);
    expect(told.states).toEqual([]);
  });

  test('is told to nobody after the end', async () => {
    const { watch } = await watching();
    const told = new Told();
    watch.add(told);
    const read = watch.read('old-key');
    watch.stop();
    await read;
    expect(told.changes).toEqual([]);
  });
});

describe('an end', () => {
  test('comes when nobody watches any more', async () => {
    const { clock, store, watch, pass } = await watching();
    const [one, two] = [new Told(), new Told()];
    const [first, second] = [watch.add(one), watch.add(two)];
    first.start();
    first.leave();
    await pass(1);
    expect([one.ticks, two.ticks]).toEqual([0, 1]);
    second.leave();
    expect(clock.pending).toBe(0);
    expect(store.asked).toEqual({ changesSince: 1 });
  });

  test('is one for ever: a server may be closed while it starts', async () => {
    const { clock, store, watch } = await watching();
    const watched = watch.add(new Told());
    watch.stop();
    watch.start();
    await watch.ask();
    expect(watched.isCurrent).toBe(false);
    expect(clock.pending).toBe(0);
    expect(store.asked).toEqual({});
  });

  test('lets no answer through that comes after it', async () => {
    const { store, watch } = await watching({ fromTheBeginning: true });
    const told = new Told();
    watch.add(told);
    watch.start();
    const answered = watch.ask();
    watch.stop();
    await answered;
    expect(store.asked).toEqual({ changesSince: 1 });
    expect(told.changes).toEqual([]);
  });
});
