import { describe, expect, test } from 'vitest';
import { HandOnWaiters } from '../../../src/backplane/history/hand-on-waiters.ts';
import { turnOfTheLoop } from '../../support/memory-server.ts';

/** Waiters for positions such as `a3`, and what they were told. */
function waiting(...positions: readonly string[]) {
  const waiters = new HandOnWaiters();
  const told: string[] = [];
  for (const text of positions) {
    const position = { epoch: text.slice(0, 1), offset: Number(text.slice(1)) };
    waiters.wait(position).then((slices) => told.push(`${text}: ${slices}`));
  }
  const now = async () => {
    await turnOfTheLoop();
    return told.splice(0);
  };
  return { waiters, now };
}

describe('those who wait for entries', () => {
  test('are told of their entry and of no other, each of them', async () => {
    const { waiters, now } = waiting('a3', 'a3', 'a4', 'b3');
    waiters.handedOn({ epoch: 'a', offset: 3 }, 7);
    waiters.handedOn({ epoch: 'c', offset: 3 }, 7);
    waiters.handedOn({ epoch: 'a', offset: 9 }, 7);
    expect(await now()).toEqual(['a3: 7', 'a3: 7']);
    expect(waiters.size).toBe(2);
    waiters.handedOn({ epoch: 'a', offset: 4 }, 0);
    expect([await now(), waiters.size]).toEqual([['a4: 0'], 1]);
  });

  test('do not wait for what is left out', async () => {
    const { waiters, now } = waiting('a3', 'a5', 'a6', 'b1');
    waiters.skipped({ epoch: 'a', offset: 5 });
    expect(await now()).toEqual(['a3: 0', 'a5: 0']);
    waiters.skipped({ epoch: 'c', offset: 9 });
    expect([await now(), waiters.size]).toEqual([[], 2]);
  });

  test('have waited too long when the same one waits at two beacons', () => {
    const { waiters } = waiting('a3', 'a4', 'b1');
    expect([waiters.beat(), waiters.beat(), waiters.beat()]).toEqual([false, true, true]);
    waiters.handedOn({ epoch: 'a', offset: 3 }, 0);
    expect([waiters.beat(), waiters.beat()]).toEqual([false, true]);
    waiters.giveUp();
    expect(waiters.beat()).toBe(false);
  });

  test('do not wait for an epoch that has ended, nor without a backplane', async () => {
    const { waiters, now } = waiting('a3', 'b1', 'c1');
    waiters.giveUp('b');
    expect([await now(), waiters.size]).toEqual([['a3: 0', 'c1: 0'], 1]);
    waiters.giveUp();
    expect([await now(), waiters.size]).toEqual([['b1: 0'], 0]);
  });
});
