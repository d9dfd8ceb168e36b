import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { Expiries, Expiry } from '../../src/endpoint/expiry.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { property } from '../support/property.ts';
import { WALL_CLOCK_STEPS } from '../support/wall-clock-steps.ts';

const TICK_MS = 100;
/** The promise: nobody stays longer than this without a credential that is good now. */
const PROMISED_MS = 2_000;
const CONNECTIONS = 5;

/** A connection with a credential, as the test expects it. */
interface Expected {
  readonly expiry: Expiry;
  /** undefined: it has none that expires, or has ended. */
  expiresAt: number | undefined;
  /** Moment of the monotonic clock since which the credential has been over; undefined: it is good. */
  overSince: number | undefined;
}

class Harness {
  readonly clock = new SimulatedClock();
  readonly log = new CollectedLog();
  readonly wheel = new TimerWheel(this.clock, this.log);
  readonly expiries = new Expiries(this.wheel);
  /** Reasons for which the test fails. Not thrown where they are found: the wheel would catch them. */
  readonly faults: string[] = [];
  readonly ended: Expected[] = [];
  readonly all = Array.from({ length: CONNECTIONS }, () => this.connect());

  /** The latest moment at which a credential expires. */
  get latest(): number {
    return Math.max(this.clock.wallNow(), ...this.all.map(({ expiresAt = 0 }) => expiresAt));
  }

  connect(expired: () => void = () => {}): Expected {
    const connection = {
      received() {},
      resumable: undefined,
      refreshed: async () => {},
      credentialEnded: () => {
        this.#ended(one);
        expired();
      },
    };
    const one: Expected = { expiry: new Expiry(connection, this.expiries), expiresAt: undefined, overSince: undefined };
    return one;
  }

  renew(one: Expected, expiresAt: number | undefined): void {
    const user = { id: 'ann', roles: [] };
    one.expiresAt = expiresAt;
    one.overSince = undefined;
    one.expiry.renew(expiresAt === undefined ? user : { ...user, expiresAt });
    this.check();
  }

  pass(ms: number): void {
    for (let left = ms; left > 0; left -= TICK_MS) {
      this.clock.increment(Math.min(TICK_MS, left));
      this.check();
    }
  }

  stepWall(ms: number): void {
    this.clock.stepWall(ms);
    this.check();
  }

  check(): void {
    const now = this.clock.now();
    for (const one of this.all) {
      const isOver = one.expiresAt !== undefined && one.expiresAt <= this.clock.wallNow();
      one.overSince = isOver ? (one.overSince ?? now) : undefined;
      if (one.overSince !== undefined && now - one.overSince > PROMISED_MS) this.faults.push('stays too long');
    }
    const armed = this.all.some(({ expiresAt }) => expiresAt !== undefined) ? 1 : 0;
    if (this.wheel.armed !== armed) this.faults.push(`${this.wheel.armed} alarms instead of ${armed}`);
  }

  #ended(one: Expected): void {
    if (one.expiresAt === undefined) this.faults.push('has no credential that expires');
    else if (one.expiresAt > this.clock.wallNow()) this.faults.push('ends before its moment');
    one.expiresAt = undefined;
    this.ended.push(one);
  }
}

const someone = fc.nat(CONNECTIONS - 1);
const steps = fc.array(
  fc.oneof(
    // Over in less than a look, in some looks, or beyond a turn of the wheel; or long over.
    fc.record({
      does: fc.constant('renew' as const),
      one: someone,
      ms: fc.oneof(fc.integer({ min: -5_000, max: 10_000 }), fc.integer({ min: 3_500_000, max: 3_700_000 })),
    }),
    fc.record({ does: fc.constant('clear' as const), one: someone }),
    fc.record({
      does: fc.constant('step' as const),
      ms: fc.constantFrom(...Object.values(WALL_CLOCK_STEPS), 700, -700),
    }),
    fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 4_000 }) }),
  ),
  { maxLength: 40, size: 'max' },
);

describe('credentials that expire', () => {
  property(
    'end within two seconds, and not before their moment, however the clock is set',
    [steps],
    { runs: 300, sometimes: ['one ends by itself', 'one ends after the wall clock has been set'] },
    (todo, reached) => {
      const harness = new Harness();
      let hasStepped = false;
      for (const step of todo) {
        const before = harness.ended.length;
        if (step.does === 'pass') harness.pass(step.ms);
        else if (step.does === 'step') {
          harness.stepWall(step.ms);
          hasStepped = true;
        } else {
          const one = harness.all[step.one] as Expected;
          harness.renew(one, step.does === 'clear' ? undefined : harness.clock.wallNow() + step.ms);
        }
        reached('one ends by itself', harness.ended.length > before && !hasStepped);
        reached('one ends after the wall clock has been set', harness.ended.length > before && hasStepped);
      }
      harness.stepWall(harness.latest - harness.clock.wallNow());
      harness.pass(PROMISED_MS);
      if (harness.all.some(({ expiresAt }) => expiresAt !== undefined)) harness.faults.push('is left');
      expect(harness.faults).toEqual([]);
    },
  );

  test('end at their moment, to the tick, in the order of their moments', () => {
    const harness = new Harness();
    const [a, b, c] = harness.all as [Expected, Expected, Expected];
    const begin = harness.clock.wallNow();
    for (const [one, ms] of [
      [a, 30_000],
      [b, 10_000],
      [c, 20_000],
    ] as const)
      harness.renew(one, begin + ms);
    for (const one of [b, c, a]) {
      harness.pass(9_900);
      expect(harness.ended).not.toContain(one);
      harness.pass(100);
      expect(harness.ended.at(-1)).toBe(one);
    }
  });

  test('end at their moment, to the tick, when that comes before the next look at the wall clock', () => {
    const harness = new Harness();
    const [late, soon] = harness.all as [Expected, Expected];
    harness.renew(late, harness.clock.wallNow() + 60_000);
    harness.renew(soon, harness.clock.wallNow() + 300);
    harness.pass(200);
    expect(harness.ended).toEqual([]);
    harness.pass(100);
    expect(harness.ended).toEqual([soon]);
  });

  test('end within two seconds of a step while others are renewed all the time', () => {
    const harness = new Harness();
    const [polling, silent] = harness.all as [Expected, Expected];
    harness.renew(silent, harness.clock.wallNow() + 60_000);
    harness.stepWall(3_600_000);
    for (let passed = 0; passed < PROMISED_MS; passed += 500) {
      harness.renew(polling, harness.clock.wallNow() + 60_000);
      harness.pass(500);
    }
    expect(harness.ended).toEqual([silent]);
  });

  test('end although the end of another one fails', () => {
    const harness = new Harness();
    const failing = harness.connect(() => {
      throw new Error('no end');
    });
    const [other] = harness.all as [Expected];
    const expiresAt = harness.clock.wallNow() + 10_000;
    harness.expiries.set(failing.expiry, expiresAt - 1);
    failing.expiresAt = expiresAt - 1;
    harness.renew(other, expiresAt);
    harness.pass(10_000 + TICK_MS);
    expect(harness.log.lines).toMatchObject([{ level: 'error', text: 'an alarm failed', error: 'Error: no end' }]);
    expect(harness.ended).toEqual([failing, other]);
  });
});
