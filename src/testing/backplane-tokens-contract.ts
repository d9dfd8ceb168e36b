import { type BackplanePlace, backplaneTest } from './backplane-test.ts';
import type { TestFramework } from './test-framework.ts';

/** A rate at which no token comes back while a test runs: one in 1,000 s. */
const SLOW = { perSecond: 0.001, burst: 5 };
/** Milliseconds until a token is back at that rate. */
const SLOW_MS = 1_000_000;

/** Declares the tests of buckets of tokens, which nodes share. */
export function backplaneTokensContract(framework: TestFramework, placeOf: () => BackplanePlace): void {
  const { expect } = framework;
  const test = backplaneTest(framework, placeOf);

  test('gives as many tokens as a bucket has, and says when there is one again', async (place) => {
    const { backplane } = await place.node();
    expect(await backplane.takeTokens('x', SLOW, 2)).toEqual({ taken: 2, waitMs: 0 });
    const { taken, waitMs } = await backplane.takeTokens('x', SLOW, 10);
    expect(taken).toEqual(3);
    expect(0 < waitMs && waitMs <= SLOW_MS).toEqual(true);
    const again = await backplane.takeTokens('x', SLOW, 1);
    expect(again.taken).toEqual(0);
    expect(0 < again.waitMs && again.waitMs <= waitMs).toEqual(true);
    expect(await backplane.takeTokens('y', SLOW, 5), 'of another bucket').toEqual({ taken: 5, waitMs: SLOW_MS });
  });

  test('looks at a bucket without taking anything', async (place) => {
    const { backplane } = await place.node();
    expect(await backplane.takeTokens('x', SLOW, 0)).toEqual({ taken: 0, waitMs: 0 });
    expect((await backplane.takeTokens('x', SLOW, 5)).taken).toEqual(5);
    expect((await backplane.takeTokens('x', SLOW, 0)).waitMs > 0).toEqual(true);
  });

  test('gives all nodes together no more than a bucket has', async (place) => {
    const nodes = [await place.node(), await place.node(), await place.node()];
    const asked = nodes.flatMap(({ backplane }) => [1, 2, 1].map((count) => backplane.takeTokens('x', SLOW, count)));
    const taken = (await Promise.all(asked)).map((answer) => answer.taken);
    expect(taken.reduce((sum, each) => sum + each, 0)).toEqual(5);
  });

  test('gives tokens back at their rate, and no more than a full bucket', async (place) => {
    const { backplane } = await place.node();
    // One in 20 ms.
    const rate = { perSecond: 50, burst: 1 };
    expect((await backplane.takeTokens('x', rate, 1)).taken).toEqual(1);
    while ((await backplane.takeTokens('x', rate, 0)).waitMs > 0) await place.tick();
    for (let n = 0; n < 20; n += 1) await place.tick();
    expect((await backplane.takeTokens('x', rate, 10)).taken).toEqual(1);
  });

  test('counts with large numbers and with fractions', async (place) => {
    const { backplane } = await place.node();
    const large = { perSecond: 0.5, burst: 1_000_000 };
    expect(await backplane.takeTokens('large', large, 999_999)).toEqual({ taken: 999_999, waitMs: 0 });
    expect((await backplane.takeTokens('large', large, 5)).taken).toEqual(1);
    const third = { perSecond: 1 / 3_000, burst: 3 };
    for (const waits of [false, false, true]) {
      const { taken, waitMs } = await backplane.takeTokens('third', third, 1);
      expect(taken).toEqual(1);
      expect(waitMs > 0).toEqual(waits);
    }
  });
}
