import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CheckSettings, checkProperty } from './check-property.ts';

const RUN: CheckSettings = { factor: 1, seed: 1, path: undefined, shrinks: true };
const small = fc.nat(9);

/** The error of a property about numbers below ten that holds for `isRight`, and reaches two cases. */
async function outcome(
  isRight: (number: number) => boolean,
  settings: Partial<CheckSettings> = {},
  runs = 100,
): Promise<string> {
  const holds = (number: number, reached: (name: 'even' | 'above nine') => void) => {
    if (number % 2 === 0) reached('even');
    if (number > 9) reached('above nine');
    if (!isRight(number)) throw new Error('not right');
  };
  const checked = checkProperty([small], { runs, sometimes: ['even', 'above nine'] }, holds, { ...RUN, ...settings });
  return checked.then(() => 'holds', String);
}

describe('what a property lists in "sometimes"', () => {
  test('fails it when no case reached it, with its name, the number of cases and the seed', async () => {
    expect(await outcome(() => true)).toBe('Error: Never reached in 100 cases (seed 1): above nine');
    expect(await outcome(() => true, { seed: 42 }, 7)).toBe('Error: Never reached in 7 cases (seed 42): above nine');
  });

  test('is named as a whole when several of it were never reached', async () => {
    const checked = checkProperty([small], { runs: 5, sometimes: ['one', 'two'] }, () => {}, RUN);
    await expect(checked).rejects.toThrow('Never reached in 5 cases (seed 1): one; two');
  });

  test('is counted by cases, however often each of them tells it', async () => {
    const holds = (number: number, reached: (name: 'small', isSo?: boolean) => void) => {
      reached('small');
      reached('small', number > 100);
      reached('small');
    };
    const counts = await checkProperty([small], { runs: 30, sometimes: ['small'] }, holds, RUN);
    expect([...counts]).toEqual([['small', 30]]);
  });

  test('is not reached where the condition does not hold', async () => {
    const holds = (number: number, reached: (name: 'large', isSo?: boolean) => void) => reached('large', number > 100);
    const checked = checkProperty([small], { runs: 30, sometimes: ['large'] }, holds, RUN);
    await expect(checked).rejects.toThrow('Never reached in 30 cases (seed 1): large');
  });

  test('does not count in a case that fc.pre refuses behind it', async () => {
    const holds = (number: number, reached: (name: 'odd', isSo?: boolean) => void) => {
      reached('odd', number % 2 === 1);
      fc.pre(number % 2 === 0);
    };
    const checked = checkProperty([small], { runs: 30, sometimes: ['odd'] }, holds, RUN);
    await expect(checked).rejects.toThrow('Never reached in 30 cases (seed 1): odd');
  });

  test('counts in a case of an asynchronous property', async () => {
    const holds = async (_number: number, reached: (name: 'later') => void) => {
      await Promise.resolve();
      reached('later');
    };
    const counts = await checkProperty([small], { runs: 3, sometimes: ['later'] }, holds, RUN);
    expect(counts.get('later')).toBe(3);
  });

  test('is certain to be reached by an example', async () => {
    const plan = { runs: 10, sometimes: ['four of them'] as const, examples: [[[0, 1, 2, 3]] as [number[]]] };
    const holds = (numbers: number[], reached: (name: 'four of them', isSo?: boolean) => void) =>
      reached('four of them', numbers.join() === '0,1,2,3');
    const counts = await checkProperty([fc.array(fc.nat())], plan, holds, RUN);
    expect(counts.get('four of them')).toBe(1);
  });
});

describe('nothing has to be reached', () => {
  test('when a case fails: its error is told, with its seed and the smallest case', async () => {
    for (const shrinks of [true, false]) {
      const error = await outcome((number) => number < 5, { shrinks });
      expect(error).toContain('Property failed after');
      expect(error).toContain('seed: 1, path:');
      expect(error).not.toContain('Never reached');
    }
    expect(await outcome((number) => number < 5)).toContain('Counterexample: [5]');
  });

  test('when one case is repeated by its path', async () => {
    const failed = await outcome((number) => number < 5, { shrinks: false });
    const path = /path: "([^"]+)"/.exec(failed)?.[1];
    expect(path).toMatch(/^\d+/);
    expect(await outcome(() => true, { path: path as string })).toBe('holds');
    expect(await outcome(() => true, { path: `${path}:0` })).toBe('holds');
  });

  test('when fewer cases are tried than the property asks for', async () => {
    expect(await outcome(() => true, { factor: 0.1 })).toBe('holds');
    expect(await outcome(() => true, { factor: 2 })).toContain('Never reached in 200 cases');
  });

  test('when the property lists nothing', async () => {
    expect([...(await checkProperty([small], { runs: 3 }, () => {}, RUN))]).toEqual([]);
  });
});

test('a name that the property does not list is an error', async () => {
  const holds = (_number: number, reached: (name: 'listed') => void) => reached('another' as 'listed');
  const checked = checkProperty([small], { runs: 3, sometimes: ['listed'] }, holds, RUN);
  await expect(checked.then(String, ({ cause }: Error) => String(cause))).resolves.toBe(
    'Error: The property has to list in "sometimes": another',
  );
});
