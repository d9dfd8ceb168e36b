// Writes the figures of a run into docs/performance.md and draws docs/images/performance.svg.
// `npm run bench:document [FILE]`; default: the newest whole run.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { plotOf } from './report/plot.ts';
import type { Results } from './report/results.ts';
import { latestIn } from './report/saved.ts';
import { comparedIn, withFigures } from './report/sections.ts';

const DOCUMENT = 'docs/performance.md';
const PLOT = 'docs/images/performance.svg';

function fail(text: string): never {
  console.error(`bench:document: ${text}`);
  process.exit(2);
}

const file = process.argv[2] ?? latestIn();
if (!existsSync(file)) fail(`there is no ${file}: a whole run of npm run bench writes it.`);
const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
if (results.kind !== 'whole') fail(`${file} is not from a whole run: figures that it does not have would be lost.`);
writeFileSync(DOCUMENT, withFigures(readFileSync(DOCUMENT, 'utf8'), results));
writeFileSync(PLOT, plotOf(comparedIn(results)));
