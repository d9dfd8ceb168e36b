import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LineLevel, logWith } from '../../src/log.ts';
import { COUNTING_MS, LogLimit, UNCOUNTED_LINES } from '../../src/log-limit.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { property } from '../support/property.ts';

function harness() {
  const clock = new SimulatedClock();
  const collected = new CollectedLog();
  const limit = new LogLimit(clock);
  return { clock, collected, limit, log: limit.over(collected) };
}

const KINDS = ['authorize threw', 'a method failed'] as const;
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

describe('lines that clients can cause', () => {
  test('are written as they are, then counted, and the count has the data of the latest', () => {
    const { clock, collected, log } = harness();
    for (let n = 1; n <= 20_000; n++) log.warn({ n }, 'a method failed');
    expect(collected.lines).toHaveLength(UNCOUNTED_LINES);
    clock.increment(COUNTING_MS);
    expect(collected.lines).toHaveLength(UNCOUNTED_LINES + 1);
    expect(collected.lines.at(-1)).toMatchObject({
      level: 'warn',
      text: 'a method failed (19,995 more in the last second, this is the latest)',
      data: { n: 20_000, more: 19_995 },
    });
  });

  property(
    'are at most a few and then one each second, each is written or counted, and nothing ticks when they stop',
    [fc.array(fc.record({ wait: fc.nat({ max: 1_500 }), lines: fc.nat({ max: 30 }) }), { maxLength: 20, size: 'max' })],
    { runs: 200, sometimes: ['lines are counted', 'a second counting period begins'] },
    (bursts, reached) => {
      const { clock, collected, log } = harness();
      let caused = 0;
      for (const { wait, lines } of bursts) {
        clock.increment(wait);
        for (let n = 0; n < lines; n++) log.info({ n: caused++ }, 'authenticate refused a request');
        expect(clock.pending).toBeLessThanOrEqual(1);
      }
      clock.increment(COUNTING_MS);
      expect(clock.pending).toBe(0);
      expect(said(collected)).toBe(caused);
      reached('lines are counted', collected.lines.length < caused);
      reached('a second counting period begins', collected.lines.length > UNCOUNTED_LINES + 1);
      // The counting period begins anew at most once a second, and each period has the same limit.
      const seconds = Math.floor(clock.now() / COUNTING_MS) + 1;
      expect(collected.lines.length).toBeLessThanOrEqual((UNCOUNTED_LINES + 1) * seconds);
    },
  );

  test('begin anew when they have been quiet for a second, and not before', () => {
    const { clock, collected, log } = harness();
    for (let n = 0; n < UNCOUNTED_LINES; n++) log.info({}, 'refused');
    clock.increment(COUNTING_MS - 1);
    log.info({}, 'refused');
    expect(collected.lines).toHaveLength(UNCOUNTED_LINES);
    // The only one of its second: it is written as it is, and late.
    clock.increment(COUNTING_MS);
    expect(collected.lines.slice(UNCOUNTED_LINES)).toMatchObject([{ text: 'refused', data: {} }]);
    log.info({}, 'refused');
    expect(collected.lines).toHaveLength(UNCOUNTED_LINES + 2);
  });

  property(
    'hide no line of another text, level or log',
    [fc.constantFrom(...KINDS), fc.constantFrom(...LEVELS), fc.boolean()],
    { runs: 100, sometimes: ['the same line', 'another line'], examples: [['a method failed', 'warn', false]] },
    (text, level, isOther, reached) => {
      const { collected, limit, log } = harness();
      const other = limit.over(logWith(collected, { hub: '/other' }));
      for (let n = 0; n < 100; n++) log.warn({}, 'a method failed');
      const isSame = text === 'a method failed' && level === 'warn' && !isOther;
      reached(isSame ? 'the same line' : 'another line');
      (isOther ? other : log)[level]({}, text);
      expect(collected.lines).toHaveLength(UNCOUNTED_LINES + (isSame ? 0 : 1));
    },
  );

  test('are counted without waiting when the log is flushed', () => {
    const { clock, collected, limit, log } = harness();
    for (let n = 0; n < 10; n++) log.error({ n }, 'a request failed');
    limit.flush();
    expect(said(collected)).toBe(10);
    expect(clock.pending).toBe(0);
    limit.flush();
    expect(said(collected)).toBe(10);
  });
});

describe('refusals', () => {
  test('are a line at info for the first of a kind, and lines at debug within the limit for the others', () => {
    const { clock, collected, limit, log } = harness();
    const other = limit.over(logWith(collected, { hub: '/other' }));
    const total = 100;
    for (let n = 1; n <= total; n++) log.refused('foreign-origin')?.({ n });
    const data = { refusal: 'foreign-origin', option: 'origins' };
    expect(collected.lines).toMatchObject([
      { level: 'info', data: { ...data, n: 1 } },
      ...Array.from({ length: UNCOUNTED_LINES }, (_, at) => ({ level: 'debug', data: { ...data, n: at + 2 } })),
    ]);
    clock.increment(COUNTING_MS);
    const more = total - 1 - UNCOUNTED_LINES;
    expect(collected.lines.at(-1)).toMatchObject({ level: 'debug', data: { ...data, n: total, more } });
    other.refused('foreign-origin')?.({});
    expect(collected.lines.at(-1)).toMatchObject({ level: 'info', data: { ...data, hub: '/other' } });
    log.refused('foreign-host')?.({});
    expect(collected.lines.at(-1)).toMatchObject({ level: 'info', data: { refusal: 'foreign-host' } });
  });

  test('are nothing that is made when nobody would see it, and the first is told when somebody does', () => {
    const { collected, limit } = harness();
    let enabled: readonly LineLevel[] = [];
    const log = limit.over(Object.assign(collected, { isLevelEnabled: (level: LineLevel) => enabled.includes(level) }));
    const refused = () => log.refused('foreign-origin');
    expect(refused()).toBeUndefined();
    enabled = ['info'];
    refused()?.({});
    expect(collected.lines).toMatchObject([{ level: 'info' }]);
    expect(refused()).toBeUndefined();
    log.debug({}, 'connected');
    expect(collected.lines).toHaveLength(1);
    enabled = ['info', 'debug'];
    expect([log.isLevelEnabled('debug'), log.isLevelEnabled('warn')]).toEqual([true, false]);
    refused()?.({});
    log.debug({}, 'connected');
    expect(collected.lines.slice(1)).toMatchObject([{ level: 'debug' }, { level: 'debug', text: 'connected' }]);
  });
});

/** Number of lines that were caused, according to what was written. */
function said({ lines }: CollectedLog): number {
  return lines.reduce((sum, { data }) => sum + ((data as { more?: number }).more ?? 1), 0);
}
