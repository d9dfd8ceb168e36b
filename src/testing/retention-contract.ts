import type { Retained } from '../storage/retained.ts';
import type { StoreTest } from './opened-store.ts';
import type { TestFramework } from './test-framework.ts';

/** How rows come into a store, and how they are seen. */
export interface Rows<Store> {
  /** What the rows are, for the names of the tests. */
  readonly name: string;
  add(store: Store, id: string, at: number): Promise<void>;
  /** Ids of all rows, in any order. */
  ids(store: Store): Promise<readonly string[]>;
}

/** The part of the contract of a store about the deletion of old rows. */
export function retentionContract<Store extends Retained>(
  { expect }: TestFramework,
  test: StoreTest<Store>,
  rows: Rows<Store>,
): void {
  async function addAll(store: Store, ats: Readonly<Record<string, number>>): Promise<void> {
    for (const [id, at] of Object.entries(ats)) await rows.add(store, id, at);
  }
  async function left(store: Store): Promise<readonly string[]> {
    return [...(await rows.ids(store))].sort();
  }
  const AGES = { c: 30, a: 10, d: 40, b: 20 };

  test(`deletes ${rows.name} that are too old`, async (store) => {
    await addAll(store, AGES);
    expect(await store.prune({ since: 10 }, 100)).toEqual(0);
    expect(await store.prune({ since: 30 }, 100)).toEqual(2);
    expect(await left(store)).toEqual(['c', 'd']);
    expect(await store.prune({ since: 30 }, 100)).toEqual(0);
  });

  test(`deletes ${rows.name} that are too many`, async (store) => {
    await addAll(store, AGES);
    expect(await store.prune({ count: 4 }, 100)).toEqual(0);
    expect(await store.prune({ count: 3 }, 100)).toEqual(1);
    expect(await left(store)).toEqual(['b', 'c', 'd']);
    expect(await store.prune({ count: 1 }, 100)).toEqual(2);
    expect(await left(store)).toEqual(['d']);
    expect(await store.prune({ count: 0 }, 100)).toEqual(1);
    expect(await left(store)).toEqual([]);
    expect(await store.prune({ count: 0 }, 100)).toEqual(0);
  });

  test(`deletes ${rows.name} that are too old or too many`, async (store) => {
    await addAll(store, AGES);
    expect(await store.prune({ since: 20, count: 4 }, 100)).toEqual(1);
    expect(await store.prune({ since: 20, count: 2 }, 100)).toEqual(1);
    expect(await left(store)).toEqual(['c', 'd']);
    expect(await store.prune({ since: 40, count: 2 }, 100)).toEqual(1);
    expect(await left(store)).toEqual(['d']);
    expect(await store.prune({ since: 50, count: 2 }, 100)).toEqual(1);
    expect(await left(store)).toEqual([]);
  });

  test(`deletes no ${rows.name} when age and number do not matter`, async (store) => {
    await addAll(store, AGES);
    expect(await store.prune({}, 100)).toEqual(0);
    expect(await left(store)).toEqual(['a', 'b', 'c', 'd']);
  });

  test(`deletes the oldest ${rows.name} first, and no more than it may`, async (store) => {
    await addAll(store, AGES);
    expect(await store.prune({ since: 100 }, 1)).toEqual(1);
    expect(await left(store)).toEqual(['b', 'c', 'd']);
    expect(await store.prune({ count: 1 }, 1)).toEqual(1);
    expect(await left(store)).toEqual(['c', 'd']);
    expect(await store.prune({ since: 40, count: 0 }, 1)).toEqual(1);
    expect(await left(store)).toEqual(['d']);
  });

  test(`takes ${rows.name} of one moment by their ids, in the order of their code points`, async (store) => {
    await addAll(store, { '\u{1f600}': 10, b: 10, '\ufffd': 10, a: 10, '\ud800': 10 });
    const deleted: string[] = [];
    for (let before = await left(store); before.length > 0; before = await left(store)) {
      expect(await store.prune({ since: 11 }, 1)).toEqual(1);
      const after = await left(store);
      deleted.push(...before.filter((id) => !after.includes(id)));
    }
    // The last of them cannot be written in UTF-8: databases have U+001A and its digits in its place.
    expect(deleted).toEqual(['\ud800', 'a', 'b', '\ufffd', '\u{1f600}']);
  });

  test(`keeps the newest ${rows.name} of one moment`, async (store) => {
    await addAll(store, { b: 10, a: 10, c: 10 });
    expect(await store.prune({ count: 2 }, 100)).toEqual(1);
    expect(await left(store)).toEqual(['b', 'c']);
  });
}
