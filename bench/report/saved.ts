import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results, RunKind } from './results.ts';

/** Relative to the package's folder, in which `npm run bench` runs. */
export const RESULTS = 'bench/results';
/** File of the newest whole run, which `npm run bench:document` reads. */
const LATEST = 'latest.json';

const REMARKS: Readonly<Record<RunKind, string>> = {
  whole: `It is ${LATEST} now, which npm run bench:document reads.`,
  partial: `It is not the whole benchmark, so ${LATEST} stays as it was.`,
  profiled: `Profiling costs time: the figures of our server are worse than the truth, and ${LATEST} stays as it was.`,
};

/** File name for a run that began at this time. */
export function nameAt(at: string): string {
  return at.replaceAll(/[:.]/g, '-');
}

/** Writes results to a folder. @returns a text with their path. */
export function save(results: Results, folder = RESULTS): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${nameAt(results.at)}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  if (results.kind === 'whole') copyFileSync(file, latestIn(folder));
  return `Results are in ${file}. ${REMARKS[results.kind]}`;
}

export function latestIn(folder = RESULTS): string {
  return join(folder, LATEST);
}
