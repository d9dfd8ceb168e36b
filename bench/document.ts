import { readFileSync, writeFileSync } from 'node:fs';
import { readNamedFile, start, UsageError } from '../scripts/program.ts';
import { plotOf } from './report/plot.ts';
import type { Results } from './report/results.ts';
import { latestIn } from './report/saved.ts';
import { comparedIn, withFigures } from './report/sections.ts';

const DOCUMENT = 'docs/performance.md';
const PLOT = 'docs/images/performance.svg';
const EXPECTED = 'a file that a whole run of npm run bench has written';

await start(
  {
    command: 'npm run bench:document --',
    about: `Writes the figures of a run of npm run bench into ${DOCUMENT}, and draws ${PLOT}.
The default is the newest whole run.`,
    options: {},
    words: { name: 'FILE', least: 0, most: 1 },
  },
  ({ words: [file = latestIn()] }) => {
    const results = resultsIn(file);
    writeFileSync(DOCUMENT, withFigures(readFileSync(DOCUMENT, 'utf8'), results));
    writeFileSync(PLOT, plotOf(comparedIn(results)));
  },
);

function resultsIn(file: string): Results {
  const text = readNamedFile(file, EXPECTED);
  try {
    const results = JSON.parse(text) as Results | null;
    if (results?.kind === 'whole') return results;
  } catch {
    throw new UsageError(`${file} is not JSON; expected is ${EXPECTED}.`);
  }
  throw new UsageError(
    `${file} is not of a whole run: figures that it does not have would be lost. Expected is ${EXPECTED}.`,
  );
}
