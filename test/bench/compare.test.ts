import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { UsageError } from '../../bench/arguments.ts';
import { readComparison } from '../../bench/compare/arguments.ts';
import { orderOf } from '../../bench/compare/order.ts';
import { ratiosOf } from '../../bench/compare/ratios.ts';
import { buildsOf, SIDES } from '../../bench/compare/sides.ts';
import { headLine, lineOf } from '../../bench/compare/table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const read = (line: string) => readComparison(line === '' ? [] : line.split(' '));
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

describe('what is compared', () => {
  test.each([
    ['../other', { folder: '../other', scenarios: USUAL, seconds: 20 }],
    ['../other --seconds 5', { folder: '../other', scenarios: USUAL, seconds: 5 }],
    ['../other connect-cold echo-16', { folder: '../other', scenarios: ['echo-16', 'connect-cold'], seconds: 20 }],
  ])('%s', (line, comparison) => {
    expect(read(line)).toEqual(comparison);
  });

  test.each([
    ['', 'name the folder of another checkout, then scenarios if you like: FOLDER [SCENARIO ...].'],
    [
      'x shout',
      "there is no scenario 'shout'; there are echo-1, echo-16, broadcast-1, broadcast-8, whisper-100, whisper-1000, echo-16-messagepack, broadcast-8-messagepack, server-sent-events-8, long-polling-8, long-polling-1, connect-cold.",
    ],
    ['x --fast', "Unknown option '--fast'; there is --seconds."],
    ['x --seconds 0', "--seconds takes a whole number from 1 to 9999, not '0'."],
    ['x --seconds 1.5', "--seconds takes a whole number from 1 to 9999, not '1.5'."],
  ])('not: %s', (line, text) => {
    expect(() => read(line)).toThrow(new UsageError(text));
  });
});

describe('the other checkout', () => {
  const made = (...files: readonly string[]): string => {
    const folder = temporaryFolder();
    for (const file of files) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), '');
    }
    return folder;
  };

  test('has its build where this one has', () => {
    const folder = made('package.json', 'bench/dist/src/index.js', 'bench/dist/bench/server.js');
    expect(buildsOf(folder)).toEqual({ here: join(process.cwd(), 'bench/dist'), there: join(folder, 'bench/dist') });
  });

  test('has to be built', () => {
    const folder = made('package.json', 'bench/dist/src/index.js');
    const text = `${folder} is not built: run \`npm run --silent prebench\` in that folder first.`;
    expect(() => buildsOf(folder)).toThrow(new UsageError(text));
  });

  test('has to be one', () => {
    const folder = made('bench/dist/src/index.js');
    expect(() => buildsOf(folder)).toThrow(new UsageError(`${folder} is no checkout of signalbox.`));
  });
});

describe('the ratio', () => {
  const factor = fc.double({ min: 0.25, max: 4, noNaN: true });
  const speed = fc.double({ min: 1, max: 100, noNaN: true });

  test.prop([factor, fc.array(speed, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 7 })])(
    'is the same however the speed of the machine changes between pairs',
    (ratio, speeds, perRound) => {
      const ratios = ratiosOf(
        speeds.map((there) => ({ here: there * ratio, there })),
        perRound,
      );
      for (const value of [ratios.ratio, ...ratios.middleHalf]) expect(value).toBeCloseTo(ratio, 9);
      expect(ratios.rounds).toBe(Math.ceil(speeds.length / perRound));
    },
  );

  test('is a median, and so are the figures: a pair that was disturbed changes nothing', () => {
    const calm = [6, 8, 10, 12, 14].map((here) => ({ here, there: 10 }));
    const disturbed = [500, 1].map((here) => ({ here, there: 10 }));
    const { medians, ratio, middleHalf } = ratiosOf([...calm, ...disturbed], 1);
    expect(medians).toEqual({ here: 10, there: 10 });
    expect(ratio).toBe(1);
    for (const [at, bound] of [0.7, 1.3].entries()) expect(middleHalf[at]).toBeCloseTo(bound, 9);
  });

  test('has half of the rounds between its bounds', () => {
    const pairs = Array.from({ length: 45 }, (_, at) => ({ here: 100 + Math.floor(at / 5), there: 100 }));
    expect(ratiosOf(pairs, 5).middleHalf).toEqual([1.02, 1.06]);
  });

  test('stands in a line with both figures', () => {
    const line = lineOf('echo, CPU us', {
      medians: { here: 3.712, there: 3.8 },
      ratio: 0.9768,
      middleHalf: [0.97, 0.98],
      rounds: 19,
    });
    expect([headLine(), line].map((text) => text.replaceAll(/ {2,}/g, ' | '))).toEqual([
      ' | here | there | here/there | middle half | rounds',
      'echo, CPU us | 3.71 | 3.80 | 0.977 | 0.970-0.980 | 19',
    ]);
    expect(line).toHaveLength(headLine().length);
  });
});

test('neither build is always the first of a pair', () => {
  expect([0, 1, 2].map((pair) => orderOf(pair)[0])).toEqual([SIDES[0], SIDES[1], SIDES[0]]);
});
