import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ExpiringMap } from '../../src/backplane/memory/expiring-map.ts';
import { MemoryBackplane } from '../../src/backplane/memory.ts';
import { BackplaneObserver } from '../../src/testing/backplane-observer.ts';
import { bytesOf } from '../../src/testing/backplane-test.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

async function open(name: string, clock = new SimulatedClock()) {
  const [backplane, observer] = [new MemoryBackplane(name, clock), new BackplaneObserver()];
  onTestFinished(() => backplane.close());
  backplane.open(observer);
  await observer.until('opened', 1);
  return { backplane, observer };
}

test('backplanes of other names know nothing of each other', async () => {
  const [a, b] = [await open('a'), await open('b')];
  for (const { backplane } of [a, b]) await backplane.subscribe(['x']);
  await a.backplane.publish([{ channel: 'x', bytes: bytesOf('1') }]);
  await a.observer.until('message', 1);
  await setImmediate();
  expect(b.observer.texts).toEqual([]);
  expect(await a.backplane.takeTurn('x', 1_000)).toBe(true);
  expect(await b.backplane.takeTurn('x', 1_000)).toBe(true);
});

test('what is kept ends with the last user of the name', async () => {
  const [first, second] = [await open('shared'), await open('shared')];
  expect(await first.backplane.takeTurn('x', 1_000)).toBe(true);
  await first.backplane.close();
  await first.backplane.close();
  const third = await open('shared');
  expect(await third.backplane.takeTurn('x', 1_000)).toBe(false);
  await Promise.all([second, third].map(({ backplane }) => backplane.close()));
  expect(await (await open('shared')).backplane.takeTurn('x', 1_000)).toBe(true);
});

test('durations go by the clock', async () => {
  const clock = new SimulatedClock();
  const { backplane } = await open('clock', clock);
  await backplane.renewLease({ nodeId: 'a', bootId: 'a1', ms: 10_000 });
  expect(await backplane.takeTurn('x', 5_000)).toBe(true);
  const rate = { perSecond: 2, burst: 10 };
  expect(await backplane.takeTokens('x', rate, 10)).toEqual({ taken: 10, waitMs: 500 });
  clock.increment(4_999);
  expect(await backplane.takeTurn('x', 5_000)).toBe(false);
  expect(await backplane.takeTokens('x', rate, 0)).toEqual({ taken: 0, waitMs: 0 });
  clock.increment(1);
  expect(await backplane.takeTurn('x', 5_000)).toBe(true);
  expect(await backplane.takeTokens('x', rate, 20)).toEqual({ taken: 10, waitMs: 500 });
  clock.increment(4_999);
  const other = { nodeId: 'b', bootId: 'b1', ms: 10_000 };
  expect((await backplane.renewLease(other)).alive).toContainEqual({ nodeId: 'a', bootId: 'a1', remainingMs: 1 });
  clock.increment(1);
  expect((await backplane.renewLease(other)).alive).toEqual([{ nodeId: 'b', bootId: 'b1', remainingMs: 10_000 }]);
});

test('a map forgets entries that have ended, also those that nobody asks for', () => {
  const clock = new SimulatedClock();
  const map = new ExpiringMap<number>(clock);
  for (let n = 0; n < 10_000; n += 1) {
    map.set(`${n}`, n, 100);
    clock.increment(1);
  }
  expect(map.size).toBeLessThan(300);
  expect(map.keys().length).toBe(99);
});
