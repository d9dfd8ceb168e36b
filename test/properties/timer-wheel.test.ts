import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { property } from '../support/property.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const ALARMS = 6;
/** An alarm may ring up to two ticks late: one for rounding, one because the wheel began to turn between two ticks. */
const LATEST_MS = 200;

/** Longer than the wheel is round, too. */
const ms = fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 250_000 }));
const steps = fc.array(
  fc.oneof(
    fc.record({ does: fc.constant('set' as const), alarm: fc.nat(ALARMS - 1), ms }),
    fc.record({ does: fc.constant('clear' as const), alarm: fc.nat(ALARMS - 1) }),
    fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 5_000 }) }),
  ),
  { maxLength: 40 },
);

describe('the timer wheel', () => {
  property('rings what is set, once, not before its time, and soon after it', [steps], 300, (todo) => {
    const clock = new SimulatedClock();
    const wheel = new TimerWheel(clock, new CollectedLog());
    const due: (number | undefined)[] = new Array(ALARMS).fill(undefined);
    const lateness: number[] = [];
    const alarms = due.map((_, at) =>
      wheel.alarm(() => {
        // Not checked here: the wheel would catch what is thrown.
        lateness.push(clock.now() - (due[at] as number));
        due[at] = undefined;
      }),
    );
    const observe = (): void => {
      expect(alarms.map(({ isSet }) => isSet)).toEqual(due.map((moment) => moment !== undefined));
      expect(wheel.armed).toBe(due.filter((moment) => moment !== undefined).length);
      for (const moment of due) expect(moment ?? clock.now()).toBeGreaterThanOrEqual(clock.now() - LATEST_MS);
      for (const late of lateness) expect(late >= 0 && late <= LATEST_MS).toBe(true);
    };
    for (const step of todo) {
      if (step.does === 'pass') clock.increment(step.ms);
      else if (step.does === 'clear') {
        alarms[step.alarm]?.clear();
        due[step.alarm] = undefined;
      } else {
        alarms[step.alarm]?.set(step.ms);
        due[step.alarm] = clock.now() + step.ms;
      }
      observe();
    }
    clock.increment(300_000);
    observe();
    expect(wheel.armed).toBe(0);
    // An empty wheel does not turn.
    expect(clock.pending).toBe(0);
  });

  test('lets an alarm clear or set another that is due at the same moment', () => {
    const clock = new SimulatedClock();
    const wheel = new TimerWheel(clock, new CollectedLog());
    const rung: string[] = [];
    const first = wheel.alarm(() => {
      rung.push('first');
      second.clear();
      third.set(1_000);
    });
    const second = wheel.alarm(() => {
      rung.push('second');
      first.clear();
      third.set(1_000);
    });
    const third = wheel.alarm(() => rung.push('third'));
    for (const alarm of [first, second]) alarm.set(500);
    clock.increment(600);
    expect(rung.filter((name) => name !== 'third')).toHaveLength(1);
    clock.increment(1_000);
    expect(rung.filter((name) => name === 'third')).toHaveLength(1);
  });

  test('goes on when an alarm throws', () => {
    const clock = new SimulatedClock();
    const log = new CollectedLog();
    const wheel = new TimerWheel(clock, log);
    const rung: string[] = [];
    wheel
      .alarm(() => {
        throw new Error('on purpose');
      })
      .set(100);
    wheel.alarm(() => rung.push('the other')).set(100);
    wheel.alarm(() => rung.push('a later one')).set(200);
    clock.increment(400);
    expect(rung).toEqual(['the other', 'a later one']);
    expect(log.faults).toHaveLength(1);
  });

  test('reads first what has arrived, when the loop was blocked for long', () => {
    const clock = new SimulatedClock();
    // A timer of Node's fires late when the loop was busy: the clock has moved on, and nothing has happened meanwhile.
    let now = 0;
    const blocked = {
      now: () => now,
      setTimeout: clock.setTimeout.bind(clock),
      clearTimeout: clock.clearTimeout.bind(clock),
    };
    const wheel = new TimerWheel(blocked, new CollectedLog());
    const rung: string[] = [];
    wheel.alarm(() => rung.push('rung')).set(5_000);
    now = 10_000;
    wheel.advance();
    expect(rung).toEqual([]);
    clock.increment(100);
    expect(rung).toEqual(['rung']);
  });
});
