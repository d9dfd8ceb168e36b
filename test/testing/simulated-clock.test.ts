import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

describe('the simulated clock', () => {
  test('fires timers at their moments, in their order, with those that are set meanwhile', () => {
    const clock = new SimulatedClock();
    const fired: [name: string, at: number][] = [];
    const fire = (name: string) => () => void fired.push([name, clock.now()]);
    clock.setTimeout(fire('late'), 300);
    clock.setTimeout(fire('first of two'), 100);
    clock.setTimeout(() => {
      fire('second of two')();
      clock.setTimeout(fire('set meanwhile'), 50);
    }, 100);
    clock.clearTimeout(clock.setTimeout(fire('cleared'), 200));
    expect(clock.pending).toBe(3);
    clock.increment(299);
    expect(fired).toEqual([
      ['first of two', 100],
      ['second of two', 100],
      ['set meanwhile', 150],
    ]);
    expect(clock.now()).toBe(299);
    clock.increment(1);
    expect(fired.at(-1)).toEqual(['late', 300]);
    expect(clock.pending).toBe(0);
  });
});
