import fc from 'fast-check';
import { expect } from 'vitest';
import { Following } from '../backplane/history/following.ts';
import { property } from '../support/property.ts';

type Step = readonly [what: string, at: number];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(
    'append',
    'append',
    'append',
    'tell',
    'tell',
    'beat',
    'twice',
    'lose',
    'answer',
    'fail',
    'remove',
    'announce',
  ),
  fc.nat(3),
);

property(
  'a follower hands on each entry once, in order, however it is told of them',
  [fc.array(step, { maxLength: 60, size: 'max' }), fc.constantFrom(3, 50)],
  { runs: 500, sometimes: ['entries are trimmed before they can be read', 'all are handed on', 'one is removed'] },
  async (steps, size, reached) => {
    const some = new Following({ size, ttlMs: 60_000 });
    some.held = [];
    void some.follower.catchUp().catch(() => {});
    const ids: string[] = [];
    for (const [what, at] of steps) {
      if (what === 'append') {
        ids.push(`m${ids.length}`);
        some.append(ids.at(-1));
      } else if (what === 'tell') some.tell(Math.min(at, some.told.length - 1));
      else if (what === 'twice') some.tellTwice(at);
      else if (what === 'beat') some.follower.beat();
      else if (what === 'lose') some.told.splice(at, 1);
      else if (what === 'answer') await some.answer();
      else if (what === 'fail') await some.answer(new Error('away'));
      else if (what === 'announce') some.follower.announced(some.top);
      else some.remove(ids[ids.length - 1 - at] ?? '');
    }
    const { held } = some;
    some.held = undefined;
    for (const { answer } of held) answer.resolve();
    await some.follower.catchUp();
    await some.follower.catchUp();
    const { last } = some.top;
    const numbers = some.handedOn.map((text) => Number(text.slice(2)));
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
    expect([some.follower.top?.last, some.follower.top?.removals]).toEqual([last, some.top.removals]);
    const first = numbers[0] ?? last;
    const missing = numbers.length === 0 ? 0 : last - first + 1 - numbers.length;
    expect(missing > 0 ? some.losses > 0 : true).toBe(true);
    reached('entries are trimmed before they can be read', missing > 0);
    reached('all are handed on', numbers.length > 3 && missing === 0);
    // What it keeps is what the store keeps.
    const kept = some.follower.cache.between(last, last);
    const [stored] = some.logs.read('log', {
      size,
      ttlMs: 60_000,
      seen: [],
      after: last - 1,
      limit: 1,
      isWhole: false,
    }).entries;
    if (kept?.[0] !== undefined) expect(kept[0].bytes === undefined).toBe(stored?.content === undefined);
    reached('one is removed', kept?.[0] !== undefined && kept[0].bytes === undefined);
  },
);
