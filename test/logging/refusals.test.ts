import { describe, expect, test } from 'vitest';
import type { LineLevel } from '../../src/log.ts';
import { REFUSAL_KINDS, type RefusalKind } from '../../src/refusal-kinds.ts';
import { CollectedLog, type LogLine } from '../support/collected-log.ts';
import { MARK, type RefusalCase } from './refusal-case.ts';
import { OTHER_REFUSED_CALLS, REFUSED_CALLS } from './refused-calls.ts';
import { OTHER_REFUSED_CONNECTIONS, REFUSED_CONNECTIONS } from './refused-connections.ts';
import { OTHER_REFUSED_REQUESTS, REFUSED_REQUESTS } from './refused-requests.ts';

/** One case for each kind: a new kind needs a new case. */
const CASES: Readonly<Record<RefusalKind, RefusalCase>> = {
  ...REFUSED_REQUESTS,
  ...REFUSED_CONNECTIONS,
  ...REFUSED_CALLS,
};
const OTHERS = [...OTHER_REFUSED_REQUESTS, ...OTHER_REFUSED_CONNECTIONS, ...OTHER_REFUSED_CALLS];

/** A logger whose level is checked before a line is made, like pino's. */
class InformedLog extends CollectedLog {
  isLevelEnabled(level: LineLevel): boolean {
    return level !== 'debug';
  }
}

async function linesOf(kind: RefusalKind, { provoke }: RefusalCase, log: CollectedLog): Promise<readonly LogLine[]> {
  await provoke(log);
  expect(JSON.stringify(log.lines)).not.toContain(MARK);
  return log.lines.filter(({ data }) => (data as { refusal?: string }).refusal === kind);
}

function expectLines(lines: readonly LogLine[], kind: RefusalKind, { fields }: RefusalCase): void {
  const { text } = REFUSAL_KINDS[kind];
  expect(lines.slice(0, 2)).toMatchObject([
    { level: 'info', text: `${text} (the first of its kind; further ones are lines at debug)`, data: fields },
    { level: 'debug', text, data: fields },
  ]);
}

describe('a refusal is a line at info, a further one a line at debug, and neither holds a value of the client', () => {
  test.each(Object.entries(CASES) as [RefusalKind, RefusalCase][])('%s', async (kind, case_) => {
    expectLines(await linesOf(kind, case_, new CollectedLog()), kind, case_);
  });

  test.each(OTHERS)('%s: %s', async (_what, kind, case_) => {
    expectLines(await linesOf(kind, case_, new CollectedLog()), kind, case_);
  });
});

describe('at level info only the first of its kind is a line', () => {
  test.each(Object.entries(CASES) as [RefusalKind, RefusalCase][])('%s', async (kind, case_) => {
    const log = new InformedLog();
    expect(await linesOf(kind, case_, log)).toMatchObject([{ level: 'info', data: case_.fields }]);
    expect(log.lines.filter(({ level }) => level === 'debug')).toEqual([]);
  });
});
