// Two copies of the sources are used side by side, because most of a run is waiting and starting.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { start, UsageError, wholeNumber } from '../../scripts/program.ts';
import { compare } from './compare.ts';
import { type Mutant, parseMutant } from './mutant.ts';
import { applyPatch, runTests } from './tools.ts';

const root = resolve(import.meta.dirname, '../..');
const patches = join(import.meta.dirname, 'patches');
const COPIES = 2;
const MINUTE_MS = 60_000;
const BUILT = ['bench/dist', 'bench/results'];

await start(
  {
    command: 'npm run test:mutants --',
    about: `Proves that the tests can fail. Applies each patch of test/mutants/patches/, or the named ones, to a copy of the
sources, runs the test files that the patch names, and expects at least the named tests to fail there.
Exit code 1: a planted bug was not found.`,
    options: {
      minutes: {
        value: 'N',
        about: 'stop after that time, from 1 to 9999; each commit begins at another patch, so that all have their turn',
      },
    },
    words: { name: 'NAME', least: 0, most: Number.POSITIVE_INFINITY },
  },
  async ({ values, words }) => {
    const minutes = values.minutes === undefined ? undefined : wholeNumber('--minutes', values.minutes);
    await tryAll(mutants(words), minutes);
  },
);

/** @throws UsageError when one of the names is that of no patch. */
function mutants(wanted: readonly string[]): readonly Mutant[] {
  const names = readdirSync(patches)
    .filter((file) => file.endsWith('.patch'))
    .map((file) => basename(file, '.patch'))
    .sort();
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `there is no patch '${unknown}'; expected are names of files of test/mutants/patches/, without .patch.`,
    );
  }
  return names
    .filter((name) => wanted.length === 0 || wanted.includes(name))
    .map((name) => parseMutant(name, readFileSync(join(patches, `${name}.patch`), 'utf8')));
}

/** Creates a copy of the sources that may be changed. What no patch changes, and the build only reads, is linked. */
function copy(): string {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-mutants-'));
  for (const entry of ['test', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'vitest.config.ts']) {
    cpSync(join(root, entry), join(directory, entry), { recursive: true });
  }
  for (const entry of ['node_modules', 'docs', 'README.md', 'CHANGELOG.md']) {
    symlinkSync(join(root, entry), join(directory, entry));
  }
  return directory;
}

/** Puts the sources back that a patch may change, without what was built in their folders. */
function restore(directory: string): void {
  // What a test has built of the patch before this one.
  rmSync(join(directory, 'dist'), { recursive: true, force: true });
  for (const entry of ['src', 'machines', 'bench']) {
    rmSync(join(directory, entry), { recursive: true, force: true });
    cpSync(join(root, entry), join(directory, entry), {
      recursive: true,
      filter: (path) => !BUILT.includes(relative(root, path)),
    });
  }
}

/** Reasons why a mutant has survived; empty when it was killed. */
async function problemsOf(mutant: Mutant, directory: string): Promise<string[]> {
  restore(directory);
  if (!applyPatch(directory, join(patches, `${mutant.name}.patch`))) {
    return ['the patch no longer fits: the code that it breaks has changed, and it has to change with it'];
  }
  const problems = compare(mutant.fails, await runTests(directory, mutant.files));
  // Property tests use random cases. A mutant that one run did not find gets a second run.
  return problems.length === 0 ? problems : compare(mutant.fails, await runTests(directory, mutant.files));
}

/** The mutants in the same order, beginning at a place that depends on the commit. */
function rotated(mutants: readonly Mutant[]): readonly Mutant[] {
  const commit = execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], { cwd: root, encoding: 'utf8' });
  const first = Number.parseInt(commit, 16) % mutants.length;
  return [...mutants.slice(first), ...mutants.slice(0, first)];
}

/** Tries all mutants, or as many as there is time for. */
async function tryAll(all: readonly Mutant[], minutes: number | undefined): Promise<void> {
  const end = minutes === undefined ? undefined : performance.now() + minutes * MINUTE_MS;
  const left = (end === undefined ? all : rotated(all)).values();
  let done = 0;
  let survived = 0;

  /** Takes mutants, one after the other, until none is left or the time is over. */
  async function work(): Promise<void> {
    const directory = copy();
    try {
      for (const mutant of left) {
        if (end !== undefined && performance.now() > end) break;
        const problems = await problemsOf(mutant, directory);
        done += 1;
        if (problems.length > 0) survived += 1;
        const verdict = problems.length === 0 ? 'killed  ' : 'SURVIVED';
        console.log(`${verdict} ${done}/${all.length} ${mutant.name}: ${mutant.about}`);
        for (const problem of problems) console.log(`           ${problem}`);
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  const copies = await Promise.allSettled(Array.from({ length: COPIES }, work));
  for (const one of copies) if (one.status === 'rejected') throw one.reason;
  if (done < all.length) console.log(`${all.length - done} were not tried: ${minutes} minutes are over`);
  console.log(`${done - survived} passed, ${survived} failed`);
  process.exitCode = survived === 0 ? 0 : 1;
}
