import { compareKeys } from '../backplane/presence/key-order.ts';
import type { BackplanePlace } from './backplane-test.ts';
import { HUB, presenceTest } from './presence-place.ts';
import type { TestFramework } from './test-framework.ts';

/** Keys of every kind: an order by code units would put the last one before the second last. */
const KEYS = ['a', 'a:', 'a:1', 'a:10', 'a:2', 'b', 'a\0', 'ä', '日本', '\u{ffee}', '😀', '😀x'];

/** Declares the tests of reading who is there. */
export function presenceReadingContract(framework: TestFramework, placeOf: () => BackplanePlace): void {
  const { expect } = framework;
  const test = presenceTest(framework, placeOf);

  test('lists the keys by code points, page by page', async (place) => {
    const a = await place.present('a');
    for (const key of KEYS) await a.join(key, `holder of ${key}`, ['x']);
    const inOrder = [...KEYS].sort(compareKeys);
    expect(inOrder.at(-1)).toEqual('😀x');
    expect(await a.keys()).toEqual(inOrder);
    const paged: string[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const after: string | undefined = paged.at(-1);
      const page = await a.store.list(HUB, { prefix: '', after, limit: 5 });
      expect(page.holders.length <= 5).toEqual(true);
      paged.push(...page.holders.map(({ key }) => key));
      next = page.next;
    }
    expect(paged).toEqual(inOrder);
  });

  test('lists and counts the keys with a prefix, from a key on', async (place) => {
    const a = await place.present('a');
    for (const key of KEYS) await a.join(key, 'ann', ['x']);
    for (const [prefix, found] of [
      ['a:', ['a:', 'a:1', 'a:10', 'a:2']],
      ['😀', ['😀', '😀x']],
      ['\u{ffee}', ['\u{ffee}']],
      ['nothing', []],
    ] as const) {
      expect(await a.keys(prefix)).toEqual(found);
      expect(await a.store.count(HUB, prefix)).toEqual(found.length);
    }
    expect(await a.keys('a:', 'a:1')).toEqual(['a:10', 'a:2']);
    expect(await a.keys('a:', 'a'), 'from before the prefix').toEqual(['a:', 'a:1', 'a:10', 'a:2']);
    expect(await a.keys('a:', 'b'), 'from behind it').toEqual([]);
    expect(await a.keys('', '日')).toEqual(['日本', '\u{ffee}', '😀', '😀x']);
  });

  test('gives an entry as it was claimed', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    const claim = { user: '{"id":"ann","roles":["admin"]}', info: '{"text":"größe 😀 \\" \\\\ /"}' };
    await a.join('key', 'ann "1"\n', ['x "1"', 'y'], claim);
    const entry = await b.store.get(HUB, 'key');
    expect({ ...entry, since: 0 }).toEqual({ as: 'ann "1"\n', connectionIds: ['x "1"', 'y'], ...claim, since: 0 });
    const { holders } = await b.store.list(HUB, { prefix: 'k', after: undefined, limit: 10 });
    expect(holders).toEqual([{ key: 'key', ...entry }]);
    expect(await b.store.get(HUB, 'ke')).toEqual(undefined);
  });

  test('leaves out keys that only dead nodes have, on pages, too', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    for (let n = 0; n < 10; n++) await (n % 3 === 0 ? a : b).join(`key${n}`, 'ann', ['x']);
    await b.die();
    const found: string[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const page = await a.store.list(HUB, { prefix: 'key', after, limit: 2 });
      found.push(...page.holders.map(({ key }) => key));
      after = page.next;
      more = after !== undefined;
    }
    expect(found).toEqual(['key0', 'key3', 'key6', 'key9']);
    expect(await a.store.count(HUB, 'key')).toEqual(4);
  });
}
