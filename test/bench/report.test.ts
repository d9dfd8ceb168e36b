import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { quickPlan } from '../../bench/plan.ts';
import { Progress } from '../../bench/report/progress.ts';
import { type CaseResult, type Results, type RunKind, resultOf } from '../../bench/report/results.ts';
import { latestIn, save } from '../../bench/report/saved.ts';
import { comparedIn, withFigures } from '../../bench/report/sections.ts';
import { tableOf, warningsOf } from '../../bench/report/table.ts';
import type { Figures } from '../../bench/scenarios/scenario.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const [CASE] = quickPlan();

function caseOf(runs: Readonly<Record<string, readonly Figures[]>>): CaseResult {
  return resultOf(CASE as NonNullable<typeof CASE>, new Map(Object.entries(runs)));
}

const cpu = (...values: number[]): Figures[] => values.map((cpuUs) => ({ cpuUs }));

describe('figures of several runs', () => {
  test.prop([fc.array(fc.record({ cpuUs: fc.nat(), p50Us: fc.nat() }), { minLength: 1, maxLength: 9 })])(
    'the median is one that was measured, with half of the others on each side; the spread holds all',
    (runs) => {
      const { median, spread } = caseOf({ signalbox: runs }).peers.signalbox as NonNullable<
        CaseResult['peers'][string]
      >;
      for (const name of ['cpuUs', 'p50Us'] as const) {
        const values = runs.map((figures) => figures[name]);
        const middle = median[name] as number;
        expect(values).toContain(middle);
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      }
      const costs = runs.map(({ cpuUs }) => cpuUs);
      expect(spread).toEqual([Math.min(...costs), Math.max(...costs)]);
    },
  );

  test('stand in the table with their spread, and what ours costs of the others', () => {
    const result = caseOf({ signalbox: cpu(3, 2, 4), 'ws-floor': cpu(2, 2, 2), 'socket.io': cpu(11.5, 12.04, 150) });
    expect(tableOf(result).split('\n').slice(1)).toEqual([
      '                 CPU us     spread  ours/its',
      '  signalbox        3.00  2.00-4.00          ',
      '  ws, the floor    2.00  2.00-2.00      1.50',
      '  Socket.IO 4.8    12.0   11.5-150      0.25',
    ]);
  });

  test('of a single run have no spread', () => {
    expect(
      tableOf(caseOf({ signalbox: cpu(3) }))
        .split('\n')
        .at(-1),
    ).toBe('  signalbox    3.00                  ');
  });
});

describe('the generator was the bottleneck', () => {
  const warned = (generatorShare: number, serverShare: number): string[] =>
    warningsOf(caseOf({ 'ws-floor': [{ cpuUs: 1, generatorShare, serverShare }] }));

  test('where it had no time left and the server had', () => {
    expect(warned(0.97, 0.6)).toEqual([
      `${CASE?.title}, ws, the floor: the generator was the bottleneck; CPU time is right, the rate is not.`,
    ]);
  });

  test('not where it had time, or the server had none either', () => {
    expect(warned(0.9, 0.6)).toEqual([]);
    expect(warned(0.97, 0.99)).toEqual([]);
  });
});

function resultsOf(kind: RunKind, at: string, cases: readonly CaseResult[] = []): Results {
  return { at, kind, machine: { node: 'v20' }, cases, micro: [] };
}

describe('results that are written', () => {
  test('a whole run becomes the latest, any other leaves it alone and says so', () => {
    const folder = temporaryFolder();
    const said = (['whole', 'partial', 'profiled'] as const).map((kind, second) =>
      save(resultsOf(kind, `2026-01-01T00:00:0${second}.000Z`), folder),
    );
    expect(JSON.parse(readFileSync(latestIn(folder), 'utf8'))).toEqual(resultsOf('whole', '2026-01-01T00:00:00.000Z'));
    const names = ['2026-01-01T00-00-00-000Z', '2026-01-01T00-00-01-000Z', '2026-01-01T00-00-02-000Z'];
    expect(readdirSync(folder).sort()).toEqual([...names.map((name) => `${name}.json`), 'latest.json']);
    for (const [at, name] of names.entries()) expect(said[at]).toContain(join(folder, `${name}.json`));
    expect(said[0]).toContain('It is latest.json now');
    expect(said[1]).toContain('not the whole benchmark, so latest.json stays as it was');
    expect(said[2]).toContain('figures of our server are worse than the truth');
  });

  test('without a whole run there is no latest', () => {
    const folder = temporaryFolder();
    save(resultsOf('partial', '2026-01-01T00:00:00.000Z'), folder);
    expect(readdirSync(folder)).toEqual(['2026-01-01T00-00-00-000Z.json']);
  });
});

describe('the document', () => {
  const EMPTY = ['machine', 'ratios', 'figures'].map(
    (name) => `${name}\n<!-- ${name}: begin -->\nold\n<!-- ${name}: end -->`,
  );
  const compared = caseOf({ signalbox: cpu(3), 'socket.io': cpu(12) });
  const results = resultsOf('whole', '2026-01-02T03:04:05.678Z', [
    compared,
    { ...compared, title: 'slow ones', scenario: 'slow' },
    { ...compared, title: 'ours alone', peers: caseOf({ signalbox: cpu(3) }).peers },
  ]);

  test('is given the machine, what ours costs of the others, and all tables', () => {
    const document = withFigures(EMPTY.join('\n'), results);
    expect(document).not.toContain('old');
    expect(document).toContain('| measured | 2026-01-02 |');
    expect(document).toContain(`| ${CASE?.title} | 3.00 |  |  | 0.25 |  |\n<!-- ratios: end -->`);
    for (const result of results.cases) expect(document).toContain(tableOf(result));
  });

  test('compares where there is somebody to compare with, and nobody is slow', () => {
    expect(comparedIn(results)).toEqual([compared]);
  });

  test('takes the same figures again without a change', () => {
    const document = withFigures(EMPTY.join('\n'), results);
    expect(withFigures(document, results)).toBe(document);
  });

  test('keeps its sections', () => {
    expect(() => withFigures('nothing', results)).toThrow('the document has no section machine');
  });
});

describe('progress', () => {
  const told = (isTTY: boolean): string[] => {
    const lines: string[] = [];
    const progress = new Progress(90, { isTTY, write: (text) => lines.push(text) });
    for (const title of ['echo', 'churn']) for (const run of [1, 2]) progress.running(title, `run ${run}`);
    return lines.map((line) => line.replace(/\d:\d\d/, 'M:SS'));
  };

  test('is a line for each case where nobody watches', () => {
    expect(told(false)).toEqual(['[M:SS left] echo\n', '[M:SS left] churn\n']);
  });

  test('is one line that changes on a terminal', () => {
    expect(told(true).slice(0, 2)).toEqual(['\r\x1b[K[M:SS left] echo: run 1', '\r\x1b[K[M:SS left] echo: run 2']);
  });
});
