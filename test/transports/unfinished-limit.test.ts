import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { UNFINISHED_MS, UnfinishedLimit } from '../../src/transports/unfinished-limit.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { property } from '../support/property.ts';

const step = fc.record({
  does: fc.constantFrom('begin', 'beginAnother', 'clear', 'pause', 'resume', 'nothing'),
  // Multiples of the wheel's precision, and never near the limit by chance.
  thenMs: fc.integer({ min: 0, max: 14 }).map((seconds) => seconds * 1_000),
});

describe('what a client has begun', () => {
  property(
    'has its time while we read, whatever else it begins, and no other',
    [fc.array(step, { maxLength: 30, size: 'max' })],
    { runs: 450, sometimes: ['its time was over', 'it was over after a pause', 'it was cleared in time'] },
    (steps, reached) => {
      const clock = new SimulatedClock();
      const wheel = new TimerWheel(clock, new CollectedLog());
      let expired = 0;
      const limit = new UnfinishedLimit(wheel, () => {
        expired += 1;
      });
      const model = { isBegun: false, isPaused: false, wasPaused: false, passed: 0 };
      let due = 0;
      for (const { does, thenMs } of steps) {
        if (does === 'begin' || does === 'beginAnother') {
          limit.begin(does === 'beginAnother');
          if (!model.isBegun || does === 'beginAnother') {
            model.passed = 0;
            model.wasPaused = model.isPaused;
          }
          model.isBegun = true;
        } else if (does === 'clear') {
          limit.clear();
          reached('it was cleared in time', model.isBegun);
          model.isBegun = false;
        } else if (does === 'pause') {
          limit.pause();
          model.isPaused = true;
          model.wasPaused = model.isBegun;
        } else if (does === 'resume') {
          limit.resume();
          model.isPaused = false;
        }
        for (let left = thenMs; left > 0; left -= 100) {
          clock.increment(100);
          if (model.isBegun && !model.isPaused) model.passed += 100;
          if (model.passed !== UNFINISHED_MS || !model.isBegun || model.isPaused) continue;
          due += 1;
          reached('its time was over');
          reached('it was over after a pause', model.wasPaused);
          expect(expired).toBe(due);
          // The owner ends the connection.
          limit.clear();
          model.isBegun = false;
        }
        expect(expired).toBe(due);
        expect(wheel.armed).toBe(model.isBegun && !model.isPaused ? 1 : 0);
      }
    },
  );
});
