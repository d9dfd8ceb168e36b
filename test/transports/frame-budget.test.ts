import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { FrameBudget } from '../../src/transports/frame-budget.ts';
import { property } from '../support/property.ts';

const AT_ONCE = 100;
const PER_SECOND = 10;

describe('frames that hold nothing', () => {
  property(
    'are taken as long as fewer than a hundred come at once and ten a second, and no longer',
    [
      fc.array(fc.record({ waitMs: fc.nat({ max: 4_000 }), frames: fc.nat({ max: 60 }) }), {
        maxLength: 40,
        size: 'max',
      }),
    ],
    { runs: 300, sometimes: ['too many', 'never too many', 'some were earned by waiting'] },
    (bursts, reached) => {
      const budget = new FrameBudget();
      let now = 0;
      let left = AT_ONCE;
      let spent = 0;
      for (const { waitMs, frames } of bursts) {
        now += waitMs;
        left = Math.min(AT_ONCE, left + (waitMs / 1_000) * PER_SECOND);
        for (let n = 0; n < frames; n++) {
          left -= 1;
          // Rounding is not tested here.
          if (Math.abs(left) < 0.001) return;
          expect(budget.spend(now)).toBe(left > 0);
          // A connection that spends too much has ended.
          reached('too many', left < 0);
          if (left < 0) return;
          spent += 1;
        }
      }
      reached('never too many');
      reached('some were earned by waiting', spent > AT_ONCE);
    },
  );
});
