import type { Membership, MembershipStore } from '../storage/membership-store.ts';
import { longText } from './long-text.ts';
import { forAll, type OpenStore, storeTest } from './opened-store.ts';
import { request, requestsContract } from './requests-contract.ts';
import { problemOf } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';

const HUB = '/hubs/chat';
const MANY = 100;

function membership(userId: string, group: string, until: number | null = null): Membership {
  return { hub: HUB, userId, group, until };
}

/** Declares the tests that every implementation of the port `MembershipStore` has to pass. */
export function membershipStoreContract(framework: TestFramework, open: OpenStore<MembershipStore>): void {
  const { expect } = framework;
  const test = storeTest(framework, open);

  const groups = async (store: MembershipStore, userId: string, now = 0): Promise<string[]> =>
    (await store.groupsOf({ hub: HUB, userId }, now)).map(({ group }) => group);
  const members = async (store: MembershipStore, group: string, now = 0): Promise<string[]> =>
    (await store.members({ hub: HUB, group }, now)).map(({ userId }) => userId);

  test('has nobody in a group at first, and takes nobody out', async (store) => {
    await store.remove(membership('ada', 'red'));
    await store.removeAll(HUB, 'ada');
    expect(await store.find(membership('ada', 'red'), 0)).toEqual(undefined);
    expect(await groups(store, 'ada')).toEqual([]);
    expect(await members(store, 'red')).toEqual([]);
  });

  test('gives back who was put into a group', async (store) => {
    const [lasting, ending] = [membership('Zoë 🚆', `"it's" $1`), membership('Zoë 🚆', 'a', 1_867_225_600_123)];
    expect(await store.add(lasting, MANY)).toEqual([]);
    expect(await store.add(ending, MANY)).toEqual([]);
    expect(await store.groupsOf({ hub: HUB, userId: 'Zoë 🚆' }, 0)).toEqual([lasting, ending]);
    expect(await store.members({ hub: HUB, group: 'a' }, 0)).toEqual([ending]);
    expect(await store.find(ending, 0)).toEqual(ending);
    expect(await store.find(membership('zoë 🚆', 'a'), 0)).toEqual(undefined);
  });

  test('takes texts as long as the port says', async (store) => {
    const [userId, group] = [longText(1_300, 1), longText(1_300 - HUB.length, 2)];
    await store.add(membership(userId, group), MANY);
    expect(await groups(store, userId)).toEqual([group]);
    expect(await members(store, group)).toEqual([userId]);
    const long = request(longText(2_600, 3), 'n1');
    expect(await store.claim(long, 0)).toEqual({ ...long, answer: null });
  });

  test('tells hubs, users and groups apart', async (store) => {
    await store.add(membership('ada', 'red'), MANY);
    await store.add({ ...membership('ada', 'blue'), hub: '/other' }, MANY);
    await store.add(membership('bob', 'blue'), MANY);
    expect(await groups(store, 'ada')).toEqual(['red']);
    expect(await members(store, 'blue')).toEqual(['bob']);
    await store.remove(membership('ada', 'blue'));
    await store.remove(membership('bob', 'red'));
    expect(await groups(store, 'bob')).toEqual(['blue']);
    await store.removeAll(HUB, 'ada');
    expect([await groups(store, 'ada'), await groups(store, 'bob')]).toEqual([[], ['blue']]);
    expect(await store.groupsOf({ hub: '/other', userId: 'ada' }, 0)).toEqual([
      { ...membership('ada', 'blue'), hub: '/other' },
    ]);
  });

  test('takes a user out of one group', async (store) => {
    for (const group of ['red', 'blue']) await store.add(membership('ada', group), MANY);
    await store.remove(membership('ada', 'red'));
    expect(await groups(store, 'ada')).toEqual(['blue']);
  });

  test('lets a membership end at its moment, which a later call may change', async (store) => {
    await store.add(membership('ada', 'red', 1_000), MANY);
    const ends = async (now: number) => [
      (await store.find(membership('ada', 'red'), now)) !== undefined,
      await groups(store, 'ada', now),
      await members(store, 'red', now),
    ];
    expect(await ends(999)).toEqual([true, ['red'], ['ada']]);
    expect(await ends(1_000)).toEqual([false, [], []]);
    await store.add(membership('ada', 'red'), MANY);
    expect(await ends(1_000)).toEqual([true, ['red'], ['ada']]);
    await store.add(membership('ada', 'red', 500), MANY);
    expect(await ends(500)).toEqual([false, [], []]);
  });

  test('takes a user out of the oldest groups beyond the limit, and tells which', async (store) => {
    for (const group of ['e', 'd', 'c']) expect(await store.add(membership('ada', group), 3)).toEqual([]);
    await store.add(membership('bob', 'e'), 3);
    expect(await store.add(membership('ada', 'e'), 3), 'the latest one now').toEqual([]);
    expect(await store.add(membership('ada', 'b'), 3)).toEqual(['d']);
    expect(await groups(store, 'ada')).toEqual(['b', 'c', 'e']);
    expect(await store.add(membership('ada', 'a'), 2), 'a smaller limit').toEqual(['c', 'e']);
    expect(await groups(store, 'ada')).toEqual(['a', 'b']);
    expect(await members(store, 'e')).toEqual(['bob']);
    expect(await store.add(membership('ada', 'f'), 0)).toEqual(['b', 'a', 'f']);
  });

  test('does not count memberships that have an end', async (store) => {
    for (const group of ['a', 'b']) await store.add(membership('ada', group), 2);
    for (const group of ['c', 'd']) expect(await store.add(membership('ada', group, 1_000), 2)).toEqual([]);
    expect(await groups(store, 'ada')).toEqual(['a', 'b', 'c', 'd']);
    await store.add(membership('ada', 'a', 1_000), 2);
    expect(await store.add(membership('ada', 'e'), 2)).toEqual([]);
    expect(await store.add({ ...membership('ada', 'f'), hub: '/other' }, 2)).toEqual([]);
    expect(await store.add(membership('ada', 'a'), 2), 'without an end again').toEqual(['b']);
  });

  test('lists in pages, by code points', async (store) => {
    // In UTF-16 the last of these is before the one before it.
    const names = ['B', 'a', 'b', '\u{ff46}', '🚆'];
    for (const name of names.toReversed()) {
      await store.add(membership('ada', name), MANY);
      await store.add(membership(name, 'red'), MANY);
    }
    expect(await groups(store, 'ada')).toEqual(names);
    expect(await members(store, 'red')).toEqual(names);
    const page = { hub: HUB, after: 'a', limit: 2 };
    expect((await store.groupsOf({ ...page, userId: 'ada' }, 0)).map(({ group }) => group)).toEqual(['b', '\u{ff46}']);
    expect((await store.members({ ...page, group: 'red' }, 0)).map(({ userId }) => userId)).toEqual(['b', '\u{ff46}']);
    expect(await store.members({ hub: HUB, group: 'red', limit: -1 }, 0)).toEqual([]);
  });

  test('lists 1,000 at most', async (store) => {
    const names = Array.from({ length: 1_001 }, (_, n) => `${n}`.padStart(4, '0'));
    await forAll(names, (name) => store.add(membership('ada', name, 9_000), MANY));
    await forAll(names, (name) => store.add(membership(name, 'red', 9_000), MANY));
    expect(await groups(store, 'ada')).toEqual(names.slice(0, 1_000));
    expect(await members(store, 'red')).toEqual(names.slice(0, 1_000));
    expect((await store.members({ hub: HUB, group: 'red', limit: 5_000 }, 0)).length).toEqual(1_000);
  });

  test('deletes memberships that are over, so many in a call', async (store) => {
    for (const [group, until] of [
      ['a', 30],
      ['b', 10],
      ['c', 20],
      ['d', 40],
      ['e', null],
    ] as const)
      await store.add(membership('ada', group, until), MANY);
    expect(await store.expire(30, 2)).toEqual(false);
    expect(await groups(store, 'ada')).toEqual(['a', 'd', 'e']);
    expect(await store.expire(30, 2)).toEqual(true);
    expect(await groups(store, 'ada')).toEqual(['d', 'e']);
    expect(await store.expire(30, 2)).toEqual(true);
  });

  test('does not notice what the caller does with its objects later', async (store) => {
    await store.add(membership('ada', 'red'), MANY);
    const found = [
      await store.find(membership('ada', 'red'), 0),
      ...(await store.groupsOf({ hub: HUB, userId: 'ada' }, 0)),
      ...(await store.members({ hub: HUB, group: 'red' }, 0)),
    ];
    for (const one of found) Object.assign(one as Membership, { until: 1 });
    expect(await store.find(membership('ada', 'red'), 5)).toEqual(membership('ada', 'red'));
  });

  test('keeps everything while it is closed', async (store, { close, reopen }) => {
    await store.add(membership('ada', 'red'), MANY);
    await store.claim(request('a', 'n1'), 0);
    await close();
    await reopen();
    expect(await groups(store, 'ada')).toEqual(['red']);
    expect((await store.claim(request('a', 'n2'), 0)).by).toEqual('n1');
  });

  test('answers only while the storage is open', async (store, { close }) => {
    await close();
    for (const asked of [
      store.add(membership('ada', 'red'), MANY),
      store.remove(membership('ada', 'red')),
      store.removeAll(HUB, 'ada'),
      store.find(membership('ada', 'red'), 0),
      store.groupsOf({ hub: HUB, userId: 'ada' }, 0),
      store.members({ hub: HUB, group: 'red' }, 0),
      store.claim(request('a', 'n1'), 0),
      store.answered('a', 'n1', '', 1),
      store.release('a', 'n1'),
      store.expire(0, 1),
    ])
      expect(await problemOf(asked)).toEqual('closed');
  });

  requestsContract(framework, test);
}
