import type { MembershipStore, NewRequest } from '../storage/membership-store.ts';
import type { StoreTest } from './opened-store.ts';
import type { TestFramework } from './test-framework.ts';

/** A request that is remembered until 1,000. */
export function request(id: string, by: string, more: Partial<NewRequest> = {}): NewRequest {
  return { id, by, fingerprint: `content of ${id}`, until: 1_000, ...more };
}

/** The part of the contract of a store of memberships about requests that are done once. */
export function requestsContract({ expect }: TestFramework, test: StoreTest<MembershipStore>): void {
  test('lets one do a request, also when they ask again', async (store) => {
    const first = request('Zoë 🚆', 'n1', { fingerprint: "'$1" });
    expect(await store.claim(first, 0)).toEqual({ ...first, answer: null });
    const second = request('Zoë 🚆', 'n2', { fingerprint: 'other', until: 9_000 });
    expect(await store.claim(second, 999)).toEqual({ ...first, answer: null });
    expect(await store.claim(first, 999)).toEqual({ ...first, answer: null });
    expect((await store.claim(request('zoë 🚆', 'n2'), 0)).by).toEqual('n2');
  });

  test('keeps the answer for as long as it says', async (store) => {
    const first = request('a', 'n1');
    await store.claim(first, 0);
    await store.answered('a', 'n1', '{"accepted":1}', 5_000);
    const kept = { ...first, answer: '{"accepted":1}', until: 5_000 };
    expect(await store.claim(request('a', 'n2'), 4_999)).toEqual(kept);
    expect(await store.claim(first, 4_999)).toEqual(kept);
    const later = request('a', 'n2', { fingerprint: 'new', until: 9_000 });
    expect(await store.claim(later, 5_000), 'over').toEqual({ ...later, answer: null });
  });

  test('lets another one do a request whose claim is over', async (store) => {
    await store.claim(request('a', 'n1'), 0);
    const second = request('a', 'n2', { fingerprint: 'new', until: 2_000 });
    expect(await store.claim(second, 1_000)).toEqual({ ...second, answer: null });
    await store.answered('a', 'n1', 'late', 9_000);
    await store.release('a', 'n1');
    expect(await store.claim(request('a', 'n3'), 1_999)).toEqual({ ...second, answer: null });
  });

  test('lets go of a request that was not done, and of no other', async (store) => {
    await store.claim(request('a', 'n1'), 0);
    await store.release('a', 'n2');
    expect((await store.claim(request('a', 'n3'), 0)).by).toEqual('n1');
    await store.release('a', 'n1');
    expect((await store.claim(request('a', 'n3'), 0)).by).toEqual('n3');
    await store.answered('a', 'n3', 'done', 2_000);
    await store.release('a', 'n3');
    expect((await store.claim(request('a', 'n4'), 0)).answer).toEqual('done');
  });

  test('does nothing to a request that it does not know', async (store) => {
    await store.answered('a', 'n1', 'done', 5_000);
    await store.release('a', 'n1');
    expect((await store.claim(request('a', 'n2'), 0)).answer).toEqual(null);
  });

  test('deletes requests that are over, so many in a call', async (store) => {
    for (const [id, until] of [
      ['a', 30],
      ['b', 10],
      ['c', 20],
      ['d', 40],
    ] as const)
      await store.claim(request(id, 'n1', { until }), 0);
    const there = async () => {
      const found: string[] = [];
      for (const id of ['a', 'b', 'c', 'd']) {
        // Whoever finds it deleted gets it, and puts it back as it was not.
        const { by } = await store.claim(request(id, 'n2'), 0);
        if (by === 'n1') found.push(id);
        else await store.release(id, 'n2');
      }
      return found.join('');
    };
    expect(await store.expire(30, 2)).toEqual(false);
    expect(await there()).toEqual('ad');
    expect(await store.expire(30, 2)).toEqual(true);
    expect(await there()).toEqual('d');
  });

  test('deletes memberships and requests in the same call', async (store) => {
    const member = { hub: '/hubs/chat', userId: 'ada' };
    await store.add({ ...member, group: 'a', until: 9 }, 100);
    await store.add({ ...member, group: 'b', until: 10 }, 100);
    await store.claim(request('a', 'n1', { until: 10 }), 0);
    expect(await store.expire(10, 1)).toEqual(false);
    expect((await store.claim(request('a', 'n2'), 0)).by).toEqual('n2');
    expect(await store.groupsOf(member, 0)).toEqual([{ ...member, group: 'b', until: 10 }]);
  });
}
