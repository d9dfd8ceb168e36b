import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { isComparison, readComparison } from '../../bench/compare/arguments.ts';
import { orderOf } from '../../bench/compare/order.ts';
import { isEnough, isWorse, ratiosOf } from '../../bench/compare/ratios.ts';
import { buildsOf, SIDES } from '../../bench/compare/sides.ts';
import { headLine, lineOf } from '../../bench/compare/table.ts';
import { UsageError } from '../../scripts/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const wordsOf = (line: string) => (line === '' ? [] : line.split(' '));
const USUAL = [
  'echo-1',
  'echo-16',
  'broadcast-1',
  'broadcast-8',
  'whisper-100',
  'whisper-1000',
  'echo-16-messagepack',
  'broadcast-8-messagepack',
  'server-sent-events-8',
  'long-polling-8',
  'long-polling-1',
];

const OPTIONS = '--quick, --profile, --runs, --peers, --against, --seconds, --help';

describe('what is compared', () => {
  test.each([
    ['--against main', { ref: 'main', scenarios: USUAL, seconds: 60 }],
    ['--against=main --seconds 5', { ref: 'main', scenarios: USUAL, seconds: 5 }],
    ['--against HEAD~2 connect-cold echo-16', { ref: 'HEAD~2', scenarios: ['echo-16', 'connect-cold'], seconds: 60 }],
    ['echo-16 --against v1', { ref: 'v1', scenarios: ['echo-16'], seconds: 60 }],
  ])('%s', (line, comparison) => {
    expect(isComparison(wordsOf(line))).toBe(true);
    expect(readComparison(wordsOf(line))).toEqual(comparison);
  });

  test.each(['', 'echo', '--quick --peers signalbox', 'against'])('nothing with: %s', (line) => {
    expect(isComparison(wordsOf(line))).toBe(false);
  });

  test.each([
    ['--against=', '--against takes a branch, a tag or a commit: --against REF [SCENARIO ...].'],
    ['--against', '--against takes a value: --against REF.'],
    ['--against --seconds 5', "--against takes a value: --against REF. '--seconds' is an option."],
    ['--against x --fast', `no option is called --fast; there are ${OPTIONS}.`],
    ...['--quick', '--profile', '--runs 5', '--peers ws-floor'].map((flag) => [
      `--against x ${flag}`,
      `${flag.split(' ')[0]} means nothing to --against REF, which takes --seconds only.`,
    ]),
    [
      '--against x echo',
      "there is no scenario 'echo' to compare; there are echo-1, echo-16, broadcast-1, broadcast-8, whisper-100, whisper-1000, echo-16-messagepack, broadcast-8-messagepack, server-sent-events-8, long-polling-8, long-polling-1, connect-cold.",
    ],
    ['--against x --seconds 0', "--seconds takes a whole number from 1 to 9999, not '0'."],
    ['--against x --seconds 1.5', "--seconds takes a whole number from 1 to 9999, not '1.5'."],
  ] as [string, string][])('not: %s', (line, text) => {
    expect(isComparison(wordsOf(line))).toBe(true);
    expect(() => readComparison(wordsOf(line))).toThrow(new UsageError(text));
  });
});

describe('the other build', () => {
  const made = (...files: readonly string[]): string => {
    const folder = temporaryFolder();
    for (const file of files) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), '');
    }
    return folder;
  };

  test('is where this one is', () => {
    const folder = made('bench/dist/src/index.js', 'bench/dist/bench/server.js');
    expect(buildsOf(folder)).toEqual({ here: join(process.cwd(), 'bench/dist'), there: join(folder, 'bench/dist') });
  });

  test('has to have all that is measured', () => {
    const folder = made('bench/dist/src/index.js');
    const text = 'that state cannot be compared: its build has no bench/dist/bench/server.js.';
    expect(() => buildsOf(folder)).toThrow(new UsageError(text));
  });
});

describe('the ratio', () => {
  const factor = fc.double({ min: 0.25, max: 4, noNaN: true });
  const speed = fc.double({ min: 1, max: 100, noNaN: true });
  const perRounds = fc.integer({ min: 1, max: 7 });
  const measured = perRounds.chain((perRound) =>
    fc.tuple(fc.constant(perRound), fc.array(speed, { minLength: 9 * perRound, maxLength: 14 * perRound })),
  );

  test.prop([factor, measured])(
    'is the same however the speed of the machine changes between pairs',
    (ratio, [perRound, speeds]) => {
      const ratios = ratiosOf(
        speeds.map((there) => ({ here: there * ratio, there })),
        perRound,
      );
      for (const value of [ratios.ratio, ...ratios.interval]) expect(value).toBeCloseTo(ratio, 9);
      expect(ratios.rounds).toBe(Math.floor(speeds.length / perRound));
    },
  );

  test('is a median, and so are the figures: a pair that was disturbed changes nothing', () => {
    const calm = [6, 7, 8, 9, 10, 11, 12, 13, 14].map((here) => ({ here, there: 10 }));
    const disturbed = [500, 1].map((here) => ({ here, there: 10 }));
    const { medians, ratio, interval } = ratiosOf([...calm, ...disturbed], 1);
    expect(medians).toEqual({ here: 10, there: 10 });
    expect(ratio).toBe(1);
    // The third and the ninth of 11.
    expect(interval).toEqual([0.7, 1.3]);
  });

  test('is that of the rounds, each the median of its pairs', () => {
    const pairs = Array.from({ length: 45 }, (_, at) => ({ here: at % 5 === 4 ? 900 : 100 + at / 5, there: 100 }));
    const { ratio, interval, rounds } = ratiosOf(pairs, 5);
    expect(rounds).toBe(9);
    expect(ratio).toBeCloseTo(1.044, 9);
    expect(interval[0]).toBeCloseTo(1.014, 9);
    expect(interval[1]).toBeCloseTo(1.074, 9);
  });

  test('is worse only when the whole interval is above 1.03', () => {
    expect(isWorse({ interval: [1.0301, 1.2] })).toBe(true);
    expect(isWorse({ interval: [1.03, 1.2] })).toBe(false);
    expect(isWorse({ interval: [0.9, 1.01] })).toBe(false);
  });

  test('stands in a line with both figures', () => {
    const figures = { medians: { here: 3.712, there: 3.8 }, rounds: 19 };
    const lines = [
      headLine(),
      lineOf('echo, CPU us', { ...figures, ratio: 0.9768, interval: [0.97, 0.98] }),
      lineOf('echo, CPU us', { ...figures, ratio: 1.0768, interval: [1.04, 1.1] }),
    ];
    expect(lines.map((text) => text.replaceAll(/ {2,}/g, ' | '))).toEqual([
      ' | here | there | here/there | 90 % interval | rounds | than 1.03',
      'echo, CPU us | 3.71 | 3.80 | 0.977 | 0.970-0.980 | 19 | no worse',
      'echo, CPU us | 3.71 | 3.80 | 1.077 | 1.040-1.100 | 19 | worse',
    ]);
    expect(lines[1]?.indexOf('no worse')).toBe(headLine().indexOf('than'));
  });
});

describe('pairs', () => {
  test('neither build is always the first of one', () => {
    expect([0, 1, 2].map((pair) => orderOf(pair)[0])).toEqual([SIDES[0], SIDES[1], SIDES[0]]);
  });

  test('are measured until the time is over, for nine rounds at least, and no round is cut', () => {
    const ends = (perRound: number, isTimeOver: boolean) =>
      Array.from({ length: 52 }, (_, pairs) => pairs).filter((pairs) => isEnough(pairs, perRound, isTimeOver));
    expect(ends(5, true)).toEqual([45, 50]);
    expect(ends(1, true)[0]).toBe(9);
    expect(ends(5, false)).toEqual([]);
  });
});
