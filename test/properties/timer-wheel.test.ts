import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { property } from '../support/property.ts';

const ALARMS = 6;
/** An alarm may ring up to two ticks late: one for rounding, one because the wheel began to turn between two ticks. */
const LATEST_MS = 200;

/** Also longer than one round of the wheel. */
const ms = fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 250_000 }));
const steps = fc.array(
  fc.oneof(
    fc.record({ does: fc.constant('set' as const), alarm: fc.nat(ALARMS - 1), ms }),
    fc.record({ does: fc.constant('clear' as const), alarm: fc.nat(ALARMS - 1) }),
    fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 5_000 }) }),
  ),
  { maxLength: 40, size: 'max' },
);

describe('the timer wheel', () => {
  property(
    'rings what is set, once, not before its time, and soon after it',
    [steps],
    { runs: 300, sometimes: ['several have rung', 'one is cleared before it rings'] },
    (todo, reached) => {
      const clock = new SimulatedClock();
      const wheel = new TimerWheel(clock, new CollectedLog());
      const due: (number | undefined)[] = new Array(ALARMS).fill(undefined);
      const lateness: number[] = [];
      const alarms = due.map((_, at) =>
        wheel.alarm(() => {
          // Not checked here: the wheel would catch the error of a failed assertion.
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
          reached('one is cleared before it rings', due[step.alarm] !== undefined);
          alarms[step.alarm]?.clear();
          due[step.alarm] = undefined;
        } else {
          alarms[step.alarm]?.set(step.ms);
          due[step.alarm] = clock.now() + step.ms;
        }
        observe();
      }
      clock.increment(300_000);
      reached('several have rung', lateness.length > 1);
      observe();
      expect(wheel.armed).toBe(0);
      // An empty wheel does not turn.
      expect(clock.pending).toBe(0);
    },
  );

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
    // One is set before it and one after it, since one of them rings before it and one after it.
    wheel.alarm(() => rung.push('the same moment')).set(100);
    wheel
      .alarm(() => {
        throw new Error('on purpose');
      })
      .set(100);
    wheel.alarm(() => rung.push('the same moment')).set(100);
    wheel.alarm(() => rung.push('a later one')).set(200);
    clock.increment(400);
    expect(rung).toEqual(['the same moment', 'the same moment', 'a later one']);
    expect(log.faults).toHaveLength(1);
  });

  test.each(['alarm', 'punctual'] as const)(
    'rings what has been set again at its new time only, also within one moment: %s',
    (kind) => {
      const clock = new SimulatedClock();
      const wheel = new TimerWheel(clock, new CollectedLog());
      const rung: string[] = [];
      // One of the two neighbours rings before `setter`, and one would ring after it.
      const neighbours = [1, 2].map(() => wheel[kind](() => rung.push('a neighbour')));
      const setter = wheel.alarm(() => {
        rung.push('the setter');
        for (const neighbour of neighbours) neighbour.set(1_000);
      });
      neighbours[0]?.set(500);
      setter.set(500);
      neighbours[1]?.set(500);
      clock.increment(1_000);
      expect(rung).toEqual(['a neighbour', 'the setter']);
      clock.increment(1_000);
      expect(rung).toEqual(['a neighbour', 'the setter', 'a neighbour', 'a neighbour']);
      expect(wheel.armed).toBe(0);
    },
  );
});

/** Longest part of one turn of the event loop that counts for alarms that are not punctual. */
const COUNTS_MS = 300;
/** Time after a longer turn in which such alarms do not ring, because all sockets are read first. */
const READING_MS = 1_000;

const kinds = ['alarm', 'punctual'] as const;
const blockedSteps = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('set' as const),
      alarm: fc.nat(ALARMS - 1),
      ms: fc.integer({ min: 0, max: 40_000 }),
    }),
    fc.record({ does: fc.constant('clear' as const), alarm: fc.nat(ALARMS - 1) }),
    fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 5_000 }) }),
    fc.record({ does: fc.constant('block' as const), ms: fc.integer({ min: 1, max: 60_000 }) }),
  ),
  { maxLength: 40, size: 'max' },
);

describe('a loop that was blocked', () => {
  property(
    'takes no time from limits, but for a little, and keeps no punctual alarm waiting',
    [blockedSteps],
    {
      runs: 300,
      sometimes: [
        'a limit rings after a block',
        'a punctual alarm rings after a block',
        'the loop is blocked while a limit is set',
      ],
    },
    (todo, reached) => {
      const clock = new SimulatedClock();
      const wheel = new TimerWheel(clock, new CollectedLog());
      /** Time that has not counted so far, and the longest time that may have been kept for reading. */
      let excess = 0;
      let reading = 0;
      let blockedUntil = 0;
      let heardBefore = wheel.now();
      const set: ({ readonly due: number; readonly excess: number; readonly latest: number } | undefined)[] = [];
      const faults: string[] = [];
      const alarms = Array.from({ length: ALARMS }, (_, at) => {
        const kind = kinds[at % 2] as (typeof kinds)[number];
        return wheel[kind](() => {
          const { due, excess: before } = set[at] as NonNullable<(typeof set)[number]>;
          const now = clock.now();
          const counted = kind === 'punctual' ? now : now - (excess - before);
          if (counted < due) faults.push(`${kind} rang ${due - counted} ms early`);
          reached(
            kind === 'punctual' ? 'a punctual alarm rings after a block' : 'a limit rings after a block',
            blockedUntil > 0,
          );
          if (kind === 'punctual' && now > Math.max(due, blockedUntil) + LATEST_MS) faults.push('punctual rang late');
          set[at] = undefined;
        });
      });
      for (const step of todo) {
        if (step.does === 'pass') clock.increment(step.ms);
        else if (step.does === 'block') {
          reached(
            'the loop is blocked while a limit is set',
            set.some((one, at) => one !== undefined && kinds[at % 2] !== 'punctual'),
          );
          clock.block(step.ms);
          excess += Math.max(0, step.ms - COUNTS_MS);
          reading += READING_MS + COUNTS_MS;
          blockedUntil = clock.now();
        } else if (step.does === 'clear') {
          alarms[step.alarm]?.clear();
          set[step.alarm] = undefined;
        } else {
          alarms[step.alarm]?.set(step.ms);
          const due = clock.now() + step.ms;
          set[step.alarm] = { due, excess, latest: due - excess - reading + LATEST_MS };
        }
        const heard = wheel.now();
        expect(heard).toBeGreaterThanOrEqual(heardBefore);
        heardBefore = heard;
        expect(alarms.map(({ isSet }) => isSet)).toEqual(alarms.map((_, at) => set[at] !== undefined));
        expect(faults).toEqual([]);
        if (step.does !== 'pass') continue;
        // A limit is delayed at most by the lost time and the time for reading, perhaps still of an earlier block.
        const heldMs = excess + reading + READING_MS + COUNTS_MS;
        for (const one of set) if (one !== undefined) expect(clock.now() - heldMs).toBeLessThanOrEqual(one.latest);
      }
      clock.increment(300_000);
      expect(faults).toEqual([]);
      expect(wheel.armed).toBe(0);
      expect(clock.pending).toBe(0);
    },
  );

  property(
    'leaves everybody a second to be read in, however little time was left',
    [fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 400, max: 100_000 })],
    300,
    (ms, passed, blocked) => {
      fc.pre(passed < ms);
      const clock = new SimulatedClock();
      const wheel = new TimerWheel(clock, new CollectedLog());
      let rung = 0;
      const limit = wheel.alarm(() => {
        rung += 1;
      });
      limit.set(ms);
      // Keeps the wheel turning meanwhile.
      wheel.alarm(() => {}).set(1_000_000);
      clock.increment(passed);
      clock.block(blocked);
      clock.increment(READING_MS - 100);
      expect(rung).toBe(0);
      // A client that is not heard in that time, and in the time that was left, is late.
      clock.increment(ms - passed + COUNTS_MS + LATEST_MS);
      expect(rung).toBe(1);
    },
  );

  test('that is blocked again and again still ends those who say nothing', () => {
    const clock = new SimulatedClock();
    const wheel = new TimerWheel(clock, new CollectedLog());
    let isRung = false;
    wheel
      .alarm(() => {
        isRung = true;
      })
      .set(10_000);
    let turns = 0;
    for (; !isRung && turns < 1_000; turns++) {
      clock.block(5_000);
      clock.increment(1);
    }
    // 300 ms of each turn count, and the alarm rings in one of eleven turns.
    expect(turns).toBeGreaterThanOrEqual(10_000 / COUNTS_MS);
    expect(turns).toBeLessThanOrEqual(10_000 / COUNTS_MS + 12);
  });

  test('is told from a clock of somebody that jumps: then that time has passed', () => {
    const clock = new SimulatedClock();
    const jumping = {
      now: () => clock.now(),
      wallNow: () => clock.wallNow(),
      setTimeout: clock.setTimeout.bind(clock),
      clearTimeout: clock.clearTimeout.bind(clock),
    };
    const wheel = new TimerWheel(jumping, new CollectedLog());
    const rung: string[] = [];
    wheel.alarm(() => rung.push('rung')).set(20_000);
    clock.block(20_000);
    clock.increment(100);
    expect(rung).toEqual(['rung']);
  });

  test('counts nothing against an alarm that was set behind the block, and all time when nobody waits', () => {
    const clock = new SimulatedClock();
    const wheel = new TimerWheel(clock, new CollectedLog());
    const rung: string[] = [];
    wheel.alarm(() => rung.push('before')).set(1_000);
    clock.block(20_000);
    wheel.alarm(() => rung.push('behind')).set(2_000);
    clock.increment(1_900);
    expect(rung).toEqual(['before']);
    clock.increment(300);
    expect(rung).toEqual(['before', 'behind']);
    const heard = wheel.now();
    clock.increment(60_000);
    expect(wheel.now() - heard).toBe(60_000);
  });
});
