import type { BackplanePlace } from './backplane-test.ts';
import { HUB, presenceTest } from './presence-place.ts';
import type { TestFramework } from './test-framework.ts';

/** Declares the tests of claims: who gets a key, and who has to tell it. */
export function presenceClaimsContract(framework: TestFramework, placeOf: () => BackplanePlace): void {
  const { expect } = framework;
  const test = presenceTest(framework, placeOf);

  test('gives a key to the first of many who claim it, on whatever node', async (place) => {
    const nodes = [await place.present('a'), await place.present('b'), await place.present('c')];
    const outcomes = await Promise.all(nodes.map((node, n) => node.join('key', `holder ${n}`, [`id${n}`])));
    expect(outcomes.filter(({ outcome }) => outcome === 'done').length).toEqual(1);
    const [winner] = outcomes.flatMap(({ outcome }, n) => (outcome === 'done' ? [n] : []));
    for (const { store } of nodes) {
      const holder = await store.get(HUB, 'key');
      expect([holder?.as, holder?.connectionIds]).toEqual([`holder ${winner}`, [`id${winner}`]]);
    }
  });

  test('tells a new holder to the node that has claimed it, until that has recorded it', async (place) => {
    const node = await place.present('a');
    const asked = { user: '{"id":"ann"}', info: '[1]' };
    const claimed = await node.claim('key', 'ann', ['x', 'y'], asked);
    expect(claimed.outcome).toEqual('done');
    expect([claimed.told, claimed.removed, typeof claimed.token]).toEqual([undefined, [], 'number']);
    const { since = 0, ...holder } = claimed.holder ?? {};
    expect(holder).toEqual({ as: 'ann', connectionIds: ['x', 'y'], ...asked, revision: 0 });
    expect(since > 1_577_836_800_000, 'milliseconds since 1970').toEqual(true);
    // Its answer may have been lost.
    const again = await node.claim('key', 'ann', ['x', 'y'], asked);
    expect([again.told, typeof again.token]).toEqual([undefined, 'number']);
    expect(await node.tell('key', claimed), 'with an old token').toEqual(false);
    expect(await node.tell('key', again)).toEqual(true);
    expect(await node.tell('key', again), 'twice').toEqual(false);
    const known = await node.claim('key', 'ann', ['x', 'y'], asked);
    expect([known.told, known.token]).toEqual(['told ann [1]', undefined]);
    expect(await node.store.get(HUB, 'key')).toEqual({ as: 'ann', connectionIds: ['x', 'y'], ...asked, since });
  });

  test('lets nobody else write a key of which something has to be told', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    const joining = await a.claim('key', 'ann', ['x']);
    expect((await b.claim('key', 'ann', ['y'])).outcome).toEqual('busy');
    await a.tell('key', joining);
    const leaving = await a.release('key');
    expect(await b.keys(), 'a key that is let go').toEqual([]);
    expect((await b.claim('key', 'bob', ['y'])).outcome).toEqual('busy');
    expect(await a.tell('key', leaving)).toEqual(true);
    const next = await b.claim('key', 'bob', ['y']);
    expect([next.outcome, next.told]).toEqual(['done', undefined]);
  });

  test('records that a holder has got another key in one step, so that nobody tells that they have left', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    await a.join('old', 'ann', ['x']);
    const moving = await a.claim('new', 'ann', ['x']);
    expect(await a.tell('new', moving, 'old')).toEqual(true);
    expect((await b.claim('old', 'bob', ['y'])).outcome, 'it is let go next').toEqual('taken');
    await a.die();
    const [old, fresh] = [await b.claim('old', 'bob', ['y']), await b.claim('new', 'bob', ['y'])];
    expect([old.outcome, old.told, old.removed]).toEqual(['done', undefined, ['x']]);
    expect([fresh.outcome, fresh.told]).toEqual(['done', 'told ann null']);
    await a.live();
    await b.tell('old', old);
    // It has no claim on a key any more, so it says nothing about that.
    const other = await a.claim('other', 'ann', ['x']);
    await a.tell('other', other, 'old');
    expect((await b.release('old')).told).toEqual('told bob null');
  });

  test('has a key that was told to be let go told anew when it is claimed again', async (place) => {
    const a = await place.present('a');
    await a.join('old', 'ann', ['x']);
    await a.tell('new', await a.claim('new', 'ann', ['x']), 'old');
    const again = await a.claim('old', 'ann', ['x']);
    expect([again.told, again.holder?.as, typeof again.token]).toEqual([undefined, 'ann', 'number']);
    await a.tell('old', again);
    await a.tell('old', await a.release('old'));
    const letGo = await a.release('new');
    expect(letGo.told).toEqual('told ann null');
  });

  test('shares a key between those with the same name, and frees it with the last of them', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    await a.join('key', 'ann', ['x'], { info: '1', setsInfo: true });
    const second = await b.join('key', 'ann', ['y', 'z']);
    expect([second.outcome, second.token, second.holder?.info]).toEqual(['done', undefined, '1']);
    expect([...((await a.store.get(HUB, 'key'))?.connectionIds ?? [])].sort()).toEqual(['x', 'y', 'z']);
    const first = await a.release('key');
    expect([first.token, first.removed]).toEqual([undefined, ['x']]);
    expect((await a.store.get(HUB, 'key'))?.connectionIds).toEqual(['y', 'z']);
    const last = await b.release('key');
    expect([last.told, last.holder, last.removed, typeof last.token]).toEqual([
      'told ann 1',
      undefined,
      ['y', 'z'],
      'number',
    ]);
    await b.tell('key', last);
    expect((await b.release('key')).told).toEqual(undefined);
  });

  test('writes what a node claims in place of what it has claimed', async (place) => {
    const a = await place.present('a');
    await a.join('key', 'ann', ['x', 'y']);
    const fewer = await a.join('key', 'ann', ['y']);
    expect([fewer.token, fewer.holder?.connectionIds]).toEqual([undefined, ['y']]);
    const other = await a.join('key', 'bob', ['z']);
    expect([other.told, other.holder?.as, other.removed, typeof other.token]).toEqual([
      'told ann null',
      'bob',
      ['y'],
      'number',
    ]);
    const b = await place.present('b');
    await b.join('key', 'bob', ['w']);
    // What it had is gone, also when it does not get what it wants.
    expect((await a.join('key', 'cat', ['z'])).outcome).toEqual('taken');
    expect((await b.store.get(HUB, 'key'))?.connectionIds).toEqual(['w']);
  });

  test('tells another info, of whoever shares the key', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    await a.join('key', 'ann', ['x'], { info: '1' });
    const kept = await b.join('key', 'ann', ['y'], { info: '2' });
    expect([kept.holder?.info, kept.token], 'that does not set it').toEqual(['1', undefined]);
    const set = await b.join('key', 'ann', ['y'], { info: '2', setsInfo: true });
    expect([set.told, set.holder?.info, set.holder?.revision, typeof set.token]).toEqual([
      'told ann 1',
      '2',
      1,
      'number',
    ]);
    const same = await a.join('key', 'ann', ['x'], { info: '2', setsInfo: true });
    expect(same.token, 'the same info').toEqual(undefined);
  });

  test('forgets a holder that was never told', async (place) => {
    const [a, b] = [await place.present('a'), await place.present('b')];
    await a.claim('key', 'ann', ['x']);
    const released = await a.release('key');
    expect([released.told, released.holder, released.token]).toEqual([undefined, undefined, undefined]);
    expect((await b.join('key', 'bob', ['y'])).outcome).toEqual('done');
  });

  test('does not do a write that comes late', async (place) => {
    const a = await place.present('a');
    await a.join('key', 'ann', ['x']);
    expect((await a.writeLate('key')).outcome === 'done').toEqual(false);
    expect(await a.keys()).toEqual(['key']);
  });

  test('takes nothing of a boot that is not registered, or has no lease', async (place) => {
    const a = await place.present('a');
    await a.join('key', 'ann', ['x']);
    await a.store.leave(HUB, a.boot);
    expect((await a.join('key', 'ann', ['x', 'y'])).outcome, 'it still claims something').toEqual('done');
    await a.tell('key', await a.release('key'));
    await a.store.leave(HUB, a.boot);
    expect((await a.claim('key', 'ann', ['x'])).outcome).toEqual('unknown');
    await a.die();
    expect((await a.claim('key', 'ann', ['x'])).outcome).toEqual('unleased');
    expect(await a.enter()).toEqual(undefined);
  });

  test('keeps the hubs apart', async (place) => {
    const a = await place.present('a');
    await a.join('key', 'ann', ['x']);
    expect(await a.store.get('/hubs/chat', 'key')).toEqual(undefined);
    expect(await a.store.count('/hubs', '')).toEqual(0);
  });
}
