import type { BackplanePlace } from './backplane-test.ts';
import { HUB, presenceTest } from './presence-place.ts';
import type { TestFramework } from './test-framework.ts';

/** Milliseconds for which the claims of dead nodes are kept, in tests that wait for that. */
const SHORT_MS = 40;

/** Declares the tests of nodes that die, and of a store that has lost everything. */
export function presenceDeathsContract(framework: TestFramework, placeOf: () => BackplanePlace): void {
  const { expect } = framework;
  const test = presenceTest(framework, placeOf);

  test('hides what only a dead node claims, and shows it again when that is back', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    await a.join('alone', 'ann', ['x']);
    await a.join('both', 'bob', ['y']);
    await b.join('both', 'bob', ['z']);
    await a.die();
    expect(await b.store.get(HUB, 'alone')).toEqual(undefined);
    expect((await b.store.get(HUB, 'both'))?.connectionIds).toEqual(['z']);
    expect([await b.keys(), await b.store.count(HUB, '')]).toEqual([['both'], 1]);
    await a.live();
    expect(await b.keys()).toEqual(['alone', 'both']);
    expect(await b.store.count(HUB, '')).toEqual(2);
  });

  test('lets others take the key of a dead node, who have to tell that it was let go', async (place) => {
    const [a, b, c] = [await place.present('a'), await place.present('b'), await place.present('c')];
    await a.join('key', 'ann', ['x']);
    await a.die();
    const taken = await b.claim('key', 'bob', ['y']);
    expect([taken.outcome, taken.told, taken.holder?.as, taken.removed]).toEqual([
      'done',
      'told ann null',
      'bob',
      ['x'],
    ]);
    // The node that has to tell it dies before it has.
    await b.die();
    const again = await c.claim('key', 'cat', ['z']);
    expect([again.told, again.holder?.as]).toEqual(['told ann null', 'cat']);
    await c.tell('key', again);
    await a.live();
    expect((await a.join('key', 'ann', ['x'], { wasGranted: true })).outcome).toEqual('taken');
  });

  test('lets the same holder continue on another node, without a change', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    await a.join('key', 'ann', ['x'], { info: '1' });
    await a.die();
    const taken = await b.claim('key', 'ann', ['y'], { info: '2' });
    expect([taken.outcome, taken.token, taken.holder?.info]).toEqual(['done', undefined, '1']);
    expect((await b.store.get(HUB, 'key'))?.connectionIds).toEqual(['y']);
  });

  test('lets nobody tell a change whose node has died, and the next one does', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    await a.join('key', 'ann', ['x']);
    const leaving = await a.release('key');
    await a.die();
    const next = await b.claim('key', 'bob', ['y']);
    expect([next.outcome, next.told, next.holder?.as]).toEqual(['done', 'told ann null', 'bob']);
    await a.live();
    expect(await a.tell('key', leaving)).toEqual(false);
    expect(await b.tell('key', next)).toEqual(true);
  });

  test('finds the keys of a dead node when it was dead for long enough, and removes what it has claimed', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b', SHORT_MS)];
    await a.join('alone', 'ann', ['x']);
    await a.join('both', 'bob', ['y']);
    await b.join('both', 'bob', ['z']);
    await a.claim('untold', 'cat', ['w']);
    await a.join('letting go', 'dan', ['v']);
    await a.release('letting go');
    expect(await b.store.overdue(HUB, SHORT_MS)).toEqual([]);
    await a.die();
    expect(await b.store.overdue(HUB, SHORT_MS), 'noticed now').toEqual([]);
    expect((await b.release('alone')).token, 'too early').toEqual(undefined);
    let keys: readonly string[] = [];
    while (keys.length === 0) {
      await place.tick();
      keys = await b.store.overdue(HUB, SHORT_MS);
    }
    expect([...keys].sort()).toEqual(['alone', 'both', 'letting go', 'untold']);
    const alone = await b.release('alone');
    expect([alone.told, alone.holder, alone.removed]).toEqual(['told ann null', undefined, ['x']]);
    await b.tell('alone', alone);
    const both = await b.claim('both', 'bob', ['z']);
    expect([both.removed, both.token, both.holder?.connectionIds]).toEqual([['y'], undefined, ['z']]);
    expect((await b.release('untold')).token, 'nobody has heard of it').toEqual(undefined);
    const letGo = await b.release('letting go');
    expect([letGo.told, typeof letGo.token]).toEqual(['told dan null', 'number']);
    await b.tell('letting go', letGo);
    expect(await b.store.overdue(HUB, SHORT_MS)).toEqual([]);
    // Its registration is over, too.
    await a.live();
    expect((await a.claim('alone', 'ann', ['x'])).outcome).toEqual('unknown');
    expect((await a.enter('first'))?.isKnown).toEqual(false);
  });

  test('forgets that a node was found dead when it enters again, or is seen alive', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b', SHORT_MS)];
    await a.join('key', 'ann', ['x']);
    for (const back of [() => a.enter('first'), () => b.store.overdue(HUB, SHORT_MS)]) {
      await a.die();
      await b.store.overdue(HUB, SHORT_MS);
      await a.live();
      await back();
      for (let n = 0; n < 12; n++) await place.tick();
      await a.die();
      expect(await b.store.overdue(HUB, SHORT_MS)).toEqual([]);
      await a.live();
      expect(await a.enter('first')).toEqual({ epoch: 'first', isKnown: true });
    }
  });

  test('names the epoch, and knows who has entered it', async (place) => {
    const a = await place.present('a');
    expect(await a.enter(undefined, 'second')).toEqual({ epoch: 'first', isKnown: true });
    const b = await place.present('b');
    expect(await b.enter('first', 'third')).toEqual({ epoch: 'first', isKnown: true });
  });

  test('keeps free keys for those who had them when somebody knows an epoch that has ended', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    await b.join('before', 'bob', ['x']);
    expect((await a.enter('lost'))?.epoch).toEqual('first');
    expect((await b.claim('new', 'bob', ['x'])).outcome).toEqual('kept');
    expect((await b.join('before', 'bob', ['x', 'y'])).outcome, 'it has a holder').toEqual('done');
    const restored = await a.claim('old', 'ann', ['z'], {
      wasGranted: true,
      told: 'told ann 1',
      info: '2',
      revision: 3,
    });
    expect([restored.outcome, restored.told, restored.holder?.revision]).toEqual(['done', 'told ann 1', 3]);
    await a.tell('old', restored);
    // The newest info is kept, whoever is back first.
    const newer = await b.claim('old', 'ann', ['w'], { wasGranted: true, told: 'told ann 2', info: '4', revision: 4 });
    expect([newer.holder?.info, newer.holder?.revision, newer.told]).toEqual(['4', 4, 'told ann 2']);
  });

  test('does not say that a key is free while others may come back who share it', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    await a.enter('lost');
    const letGo = await a.release('key', 'told bob 1');
    expect([letGo.outcome, letGo.told, letGo.holder, letGo.token]).toEqual([
      'kept',
      'told bob 1',
      undefined,
      undefined,
    ]);
    await a.store.leave(HUB, a.boot);
    expect((await a.enter('first'))?.isKnown, 'it has to tell something').toEqual(true);
    const shared = await b.join('key', 'bob', ['x'], { wasGranted: true, told: 'told bob 2' });
    expect([shared.outcome, shared.told]).toEqual(['done', 'told bob 1']);
    await a.store.leave(HUB, a.boot);
    expect((await a.enter('first'))?.isKnown, 'it has not any more').toEqual(false);
  });

  test('lets go of what nobody has any more', async (place) => {
    const a = await place.present('a');
    for (const key of ['one', 'two']) await a.join(key, 'ann', ['x']);
    for (const key of ['one', 'two']) await a.tell(key, await a.release(key));
    expect([await a.keys(), await a.store.count(HUB, '')]).toEqual([[], 0]);
    await a.store.leave(HUB, a.boot);
    expect((await a.enter())?.isKnown).toEqual(false);
  });
}
