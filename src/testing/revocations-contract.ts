import type { KeyStore } from '../storage/key-store.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import type { TestFramework } from './test-framework.ts';

/** Declares a test of an open store. */
type KeyTest = (name: string, run: (keys: KeyStore, clock: SimulatedClock) => Promise<void>) => void;

/** The part of the contract of a store of keys about what was revoked. */
export function revocationsContract({ expect }: TestFramework, test: KeyTest): void {
  test('has nothing revoked at first', async (keys) => {
    expect(await keys.changesSince(0)).toEqual({ keys: [], credentials: [], users: [] });
  });

  test('knows what was revoked since a moment', async (keys, clock) => {
    const until = clock.wallNow() + 1_000;
    await keys.revokeCredential('a', 10, null);
    await keys.revokeCredential('b', 20, until);
    await keys.revokeUser('ada', 10);
    await keys.revokeUser('bob', 20);
    const all = await keys.changesSince(0);
    expect([...all.credentials].sort(byId)).toEqual([
      { id: 'a', until: null },
      { id: 'b', until },
    ]);
    expect([...all.users].sort(byId)).toEqual([
      { id: 'ada', at: 10 },
      { id: 'bob', at: 20 },
    ]);
    expect(await keys.changesSince(20)).toEqual({
      keys: [],
      credentials: [{ id: 'b', until }],
      users: [{ id: 'bob', at: 20 }],
    });
    expect(await keys.changesSince(21)).toEqual({ keys: [], credentials: [], users: [] });
  });

  test('keeps what is revoked twice for the longer time', async (keys, clock) => {
    const [soon, later] = [clock.wallNow() + 1_000, clock.wallNow() + 2_000];
    await keys.revokeCredential('a', 10, soon);
    await keys.revokeCredential('a', 20, later);
    await keys.revokeCredential('a', 15, soon);
    expect((await keys.changesSince(20)).credentials).toEqual([{ id: 'a', until: later }]);
    await keys.revokeCredential('a', 15, null);
    await keys.revokeCredential('a', 15, later);
    expect((await keys.changesSince(20)).credentials).toEqual([{ id: 'a', until: null }]);
  });

  test('keeps the latest moment of a user', async (keys) => {
    await keys.revokeUser('ada', 10);
    await keys.revokeUser('ada', 30);
    await keys.revokeUser('ada', 20);
    expect((await keys.changesSince(0)).users).toEqual([{ id: 'ada', at: 30 }]);
  });

  test('forgets a revoked credential whose own time is over', async (keys, clock) => {
    const until = clock.wallNow() + 1_000;
    await keys.revokeCredential('a', clock.wallNow(), until);
    await keys.revokeCredential('b', clock.wallNow(), null);
    clock.increment(999);
    expect((await keys.changesSince(0)).credentials.length).toEqual(2);
    clock.increment(1);
    expect((await keys.changesSince(0)).credentials).toEqual([{ id: 'b', until: null }]);
    await keys.revokeCredential('c', clock.wallNow(), null);
    clock.stepWall(-1_000);
    expect([...(await keys.changesSince(0)).credentials].sort(byId)).toEqual([
      { id: 'b', until: null },
      { id: 'c', until: null },
    ]);
  });
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
