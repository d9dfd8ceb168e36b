import type { RenewedLease } from '../backplane/backplane.ts';
import { type BackplanePlace, backplaneTest } from './backplane-test.ts';
import type { TestFramework } from './test-framework.ts';

/** Long enough that no test lasts until it ends. */
const LONG_MS = 600_000;
const SHORT_MS = 40;

/** Declares the tests of leases and turns, by which nodes know of each other. */
export function backplaneLeasesContract(framework: TestFramework, placeOf: () => BackplanePlace): void {
  const { expect } = framework;
  const test = backplaneTest(framework, placeOf);
  const a1 = { nodeId: 'a', bootId: 'a1', ms: LONG_MS };
  const b1 = { nodeId: 'b', bootId: 'b1', ms: LONG_MS };
  const bootsOf = ({ alive }: RenewedLease): string[] => alive.map(({ bootId }) => bootId).sort();

  test('gives a lease to the first boot of a node, and keeps it for that one', async (place) => {
    const [a, other] = [await place.node(), await place.node()];
    expect((await a.backplane.renewLease(a1)).outcome).toEqual('taken');
    expect((await a.backplane.renewLease(a1)).outcome).toEqual('kept');
    const refused = await other.backplane.renewLease({ ...a1, bootId: 'a2' });
    expect(refused.outcome).toEqual('refused');
    expect(bootsOf(refused)).toEqual(['a1']);
    expect((await a.backplane.renewLease(a1)).outcome).toEqual('kept');
  });

  test('lists the leases of all nodes, with the time that they have left', async (place) => {
    const [a, b] = [await place.node(), await place.node()];
    await a.backplane.renewLease(a1);
    const { alive } = await b.backplane.renewLease({ ...b1, ms: 2 * LONG_MS });
    const inOrder = [...alive].sort((x, y) => (x.nodeId < y.nodeId ? -1 : 1));
    expect(inOrder.map(({ nodeId, bootId }) => [nodeId, bootId])).toEqual([
      ['a', 'a1'],
      ['b', 'b1'],
    ]);
    const [first = 0, second = 0] = inOrder.map(({ remainingMs }) => remainingMs);
    expect(0 < first && first <= LONG_MS, 'of the first').toEqual(true);
    expect(LONG_MS < second && second <= 2 * LONG_MS, 'of the second').toEqual(true);
  });

  test('ends a lease that is not renewed, and keeps one that is', async (place) => {
    const { backplane } = await place.node();
    await backplane.renewLease({ ...a1, ms: SHORT_MS });
    await backplane.renewLease({ nodeId: 'c', bootId: 'c1', ms: SHORT_MS });
    for (let known = ['a1', 'b1', 'c1']; known.length > 1; ) {
      await place.tick();
      const renewed = await backplane.renewLease({ ...b1, ms: LONG_MS });
      known = bootsOf(renewed);
      expect(known.includes('b1')).toEqual(true);
    }
    // It was not alive meanwhile, which it has to know.
    expect((await backplane.renewLease(a1)).outcome).toEqual('taken');
    await backplane.releaseLease(a1);
    expect((await backplane.renewLease({ ...a1, bootId: 'a2' })).outcome).toEqual('taken');
  });

  test('makes a lease longer and shorter', async (place) => {
    const { backplane } = await place.node();
    await backplane.renewLease({ ...a1, ms: SHORT_MS });
    const longer = await backplane.renewLease(a1);
    expect((longer.alive[0]?.remainingMs ?? 0) > SHORT_MS).toEqual(true);
    const shorter = await backplane.renewLease({ ...a1, ms: SHORT_MS });
    expect((shorter.alive[0]?.remainingMs ?? LONG_MS) <= SHORT_MS).toEqual(true);
  });

  test('releases a lease for its holder alone', async (place) => {
    const { backplane } = await place.node();
    await backplane.renewLease(a1);
    await backplane.releaseLease({ nodeId: 'a', bootId: 'a2' });
    expect((await backplane.renewLease({ ...a1, bootId: 'a2' })).outcome).toEqual('refused');
    await backplane.releaseLease(a1);
    await backplane.releaseLease(a1);
    expect(bootsOf(await backplane.renewLease(b1))).toEqual(['b1']);
    expect((await backplane.renewLease({ ...a1, bootId: 'a2' })).outcome).toEqual('taken');
  });

  test('keeps a lease while its node connects anew', async (place) => {
    const { backplane, observer } = await place.node();
    const other = await place.node();
    await backplane.renewLease(a1);
    backplane.reconnect();
    await observer.until('opened', 2);
    expect((await backplane.renewLease(a1)).outcome).toEqual('kept');
    await other.backplane.renewLease(b1);
    expect(bootsOf(await backplane.renewLease(a1))).toEqual(['a1', 'b1']);
  });

  test('gives a turn to one of many that ask, and then to nobody until it is over', async (place) => {
    const nodes = [await place.node(), await place.node(), await place.node()];
    const asked = nodes.flatMap(({ backplane }) => [backplane.takeTurn('x', LONG_MS), backplane.takeTurn('x', 1)]);
    expect((await Promise.all(asked)).filter(Boolean).length).toEqual(1);
    expect(await nodes[1]?.backplane.takeTurn('y', SHORT_MS)).toEqual(true);
    while (!(await nodes[2]?.backplane.takeTurn('y', LONG_MS))) await place.tick();
    expect(await nodes[0]?.backplane.takeTurn('y', SHORT_MS)).toEqual(false);
  });
}
