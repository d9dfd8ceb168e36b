import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BackOff } from '../../src/backplane/redis/back-off.ts';
import { ReplyDeadline } from '../../src/backplane/redis/reply-deadline.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

async function pass(clock: SimulatedClock, ms: number): Promise<void> {
  clock.increment(ms);
  await setImmediate();
}

function start() {
  const clock = new SimulatedClock();
  const missed: number[] = [];
  return { clock, missed, deadline: new ReplyDeadline(clock, 1_000, () => missed.push(clock.now())) };
}

test('an answer that does not come in time is missed once', async () => {
  const { clock, missed, deadline } = start();
  deadline.begin();
  await pass(clock, 600);
  deadline.begin();
  await pass(clock, 399);
  expect(missed).toEqual([]);
  await pass(clock, 1);
  expect(missed).toEqual([1_000]);
});

test('each call has all of its time, and one timer is enough for thousands', async () => {
  const { clock, missed, deadline } = start();
  for (let n = 0; n < 5_000; n += 1) {
    const waiting = deadline.begin();
    await pass(clock, 900);
    deadline.end(waiting);
    expect(clock.pending).toBe(1);
  }
  await pass(clock, 2_000);
  expect([missed, clock.pending]).toEqual([[], 0]);
  deadline.begin();
  await pass(clock, 1_000);
  expect(missed.length).toBe(1);
});

test('an answer that has arrived while the event loop was blocked is not late', async () => {
  const { clock, missed, deadline } = start();
  const waiting = deadline.begin();
  clock.block(60_000);
  clock.increment(0);
  // The timer has fired. Sockets are read before anything else happens.
  deadline.end(waiting);
  await setImmediate();
  expect(missed).toEqual([]);
});

test('nothing is missed afterwards', async () => {
  const { clock, missed, deadline } = start();
  deadline.begin();
  deadline.dispose();
  await pass(clock, 5_000);
  expect(missed).toEqual([]);
});

test('pauses grow to the longest, with a random part, and begin again after a success', () => {
  const backOff = new BackOff({ firstPauseMs: 50, longestPauseMs: 3_000 });
  const most = [50, 100, 200, 400, 800, 1_600, 3_000, 3_000];
  const pauses = most.map(() => backOff.next(0));
  for (const [n, pause] of pauses.entries()) {
    expect(pause).toBeGreaterThanOrEqual((most[n] as number) / 2);
    expect(pause).toBeLessThanOrEqual(most[n] as number);
  }
  expect(new Set(pauses).size).toBe(pauses.length);
  // It was open, but not for long.
  expect(backOff.next(2_999)).toBeGreaterThanOrEqual(1_500);
  expect(backOff.next(3_000)).toBeLessThanOrEqual(50);
});
