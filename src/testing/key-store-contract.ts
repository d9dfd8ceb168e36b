import type { KeyRow, KeyStore } from '../storage/key-store.ts';
import type { Storage } from '../storage/storage.ts';
import { keyRow, secretOf } from './key-rows.ts';
import { revocationsContract } from './revocations-contract.ts';
import { ALONE } from './session-records.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { problemOf } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';

/** A storage with keys. */
export type KeyStorage = Storage & { readonly keys: KeyStore };

/**
 * Declares the tests that every implementation of the port `KeyStore` has to pass.
 *
 * @param make Makes a storage that nobody has used, closed, whose times are of this clock. Called once in each test.
 */
export function keyStoreContract(framework: TestFramework, make: (clock: SimulatedClock) => KeyStorage): void {
  const { test: declare, expect } = framework;

  function test(name: string, run: (keys: KeyStore, clock: SimulatedClock, storage: Storage) => Promise<void>): void {
    declare(name, async () => {
      const clock = new SimulatedClock();
      const storage = make(clock);
      await storage.open(ALONE);
      try {
        await run(storage.keys, clock, storage);
      } finally {
        await storage.close();
      }
    });
  }

  test('has no key at first', async (keys) => {
    expect(await keys.find('a')).toEqual(undefined);
    expect(await keys.list()).toEqual([]);
    expect((await keys.changesSince(0)).keys).toEqual([]);
  });

  test('gives back what was put', async (keys) => {
    const row = keyRow('aB3', {
      kind: 'master',
      name: 'Zoë 🚆, "quoted"',
      userId: "o'hara",
      roles: ['a', 'b,c', '[]'],
      createdAt: 1_767_225_600_123,
      expiresAt: 1_867_225_600_123,
      revokedAt: 1_767_225_600_124,
      lastUsedAt: 1_767_225_600_125,
      secrets: [secretOf(3, 255, 1_767_225_700_000), secretOf(4, 0)],
    });
    await keys.put(row);
    expect(await keys.find('aB3')).toEqual(row);
    expect(await keys.list()).toEqual([row]);
    expect(await keys.find('AB3')).toEqual(undefined);
  });

  test('does not notice what the caller does with its objects later', async (keys) => {
    const [roles, sha256] = [['a'], new Uint8Array(32)];
    await keys.put(keyRow('a', { roles, secrets: [{ number: 1, sha256, until: null }] }));
    roles.push('admin');
    sha256.fill(9);
    for (const found of await keys.list()) {
      (found.roles as string[]).push('admin');
      found.secrets[0]?.sha256.fill(9);
    }
    expect(await keys.find('a')).toEqual(keyRow('a', { roles: ['a'], secrets: [secretOf(1, 0)] }));
  });

  test('takes a digest that is a part of a larger buffer', async (keys) => {
    const sha256 = new Uint8Array(100).fill(7, 20, 52).subarray(20, 52);
    await keys.put(keyRow('a', { secrets: [{ number: 1, sha256, until: null }] }));
    expect(await keys.find('a')).toEqual(keyRow('a', { secrets: [secretOf(1, 7)] }));
  });

  test('replaces a key: with other fields and other secrets', async (keys) => {
    await keys.put(keyRow('a', { secrets: [secretOf(1)] }));
    const other = keyRow('a', { name: 'other', expiresAt: 5, secrets: [secretOf(1, 1, 9_000), secretOf(2)] });
    await keys.put(other);
    expect(await keys.list()).toEqual([other]);
    const third = { ...other, secrets: [secretOf(3)] };
    await keys.put(third);
    expect(await keys.find('a')).toEqual(third);
  });

  test('keeps a key revoked, whoever puts what was read before', async (keys) => {
    await keys.put(keyRow('a'));
    await keys.put(keyRow('a', { revokedAt: 2_000 }));
    await keys.put(keyRow('a', { name: 'late' }));
    await keys.put(keyRow('a', { name: 'later', revokedAt: 3_000 }));
    expect(await keys.find('a')).toEqual(keyRow('a', { name: 'later', revokedAt: 2_000 }));
  });

  test('rejects a row that would lose a secret of somebody else', async (keys) => {
    const there = keyRow('a', { secrets: [secretOf(1, 1, 9_000), secretOf(2)] });
    await keys.put(there);
    for (const secrets of [[secretOf(1)], [secretOf(1, 1, 9_000), secretOf(2, 3)], [secretOf(2, 7)], []])
      expect(await problemOf(keys.put({ ...there, secrets }))).toEqual('failed');
    expect(await keys.find('a')).toEqual(there);
    await keys.put({ ...there, secrets: [secretOf(2), secretOf(3)] });
  });

  test('lists the newest first, and by id within a millisecond', async (keys) => {
    const at = (id: string, createdAt: number) => keyRow(id, { createdAt });
    for (const row of [at('b', 20), at('d', 10), at('a', 20), at('c', 30), at('e', 10)]) await keys.put(row);
    expect(idsOf(await keys.list())).toEqual(['c', 'b', 'a', 'e', 'd']);
  });

  test('knows what was put since a moment, by its own clock', async (keys, clock) => {
    await keys.put(keyRow('a', { createdAt: 5 }));
    clock.increment(10);
    const later = clock.wallNow();
    await keys.put(keyRow('b', { createdAt: 4 }));
    expect(idsOf((await keys.changesSince(later)).keys).sort()).toEqual(['b']);
    clock.increment(10);
    await keys.put(keyRow('a', { createdAt: 5, name: 'new' }));
    expect(idsOf((await keys.changesSince(later)).keys).sort()).toEqual(['a', 'b']);
    expect(idsOf((await keys.changesSince(clock.wallNow())).keys)).toEqual(['a']);
    expect(idsOf((await keys.changesSince(clock.wallNow() + 1)).keys)).toEqual([]);
  });

  test('knows it, too, when the clock was set back', async (keys, clock) => {
    await keys.put(keyRow('a'));
    const before = clock.wallNow();
    clock.stepWall(-3_600_000);
    await keys.put(keyRow('b'));
    expect(idsOf((await keys.changesSince(before)).keys).sort()).toEqual(['a', 'b']);
  });

  test('knows it of keys since another moment than of what was revoked', async (keys, clock) => {
    await keys.put(keyRow('a'));
    await keys.revokeCredential('c', clock.wallNow(), null);
    await keys.revokeUser('ada', clock.wallNow());
    clock.increment(10);
    await keys.put(keyRow('b'));
    const changes = await keys.changesSince(0, clock.wallNow());
    expect(idsOf(changes.keys)).toEqual(['b']);
    expect(idsOf(changes.credentials)).toEqual(['c']);
    expect(idsOf(changes.users)).toEqual(['ada']);
  });

  test('knows when keys were used last, which is no change', async (keys, clock) => {
    await keys.put(keyRow('a', { lastUsedAt: 7_000 }));
    await keys.put(keyRow('b'));
    await keys.put(keyRow('c'));
    clock.increment(10);
    await keys.touched(['a', 'b', 'unknown'], 5_000);
    await keys.touched(['b'], 4_000);
    await keys.touched([], 9_000);
    expect((await keys.list()).map(({ id, lastUsedAt }) => [id, lastUsedAt])).toEqual([
      ['c', null],
      ['b', 5_000],
      ['a', 7_000],
    ]);
    expect((await keys.changesSince(clock.wallNow())).keys).toEqual([]);
  });

  test('keeps everything while it is closed', async (keys, _clock, storage) => {
    await keys.put(keyRow('a'));
    await storage.close();
    await storage.open(ALONE);
    expect(await keys.find('a')).toEqual(keyRow('a'));
  });

  test('answers only while the storage is open', async (keys, _clock, storage) => {
    await storage.close();
    for (const asked of [
      keys.put(keyRow('a')),
      keys.find('a'),
      keys.list(),
      keys.touched(['a'], 1),
      keys.revokeCredential('a', 1, null),
      keys.revokeUser('a', 1),
      keys.changesSince(0),
    ])
      expect(await problemOf(asked)).toEqual('closed');
  });

  revocationsContract(framework, test);
}

function idsOf(rows: readonly Pick<KeyRow, 'id'>[]): string[] {
  return rows.map(({ id }) => id);
}
