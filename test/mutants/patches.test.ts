import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseMutant } from './mutant.ts';

/** Every planted bug can be planted. Whether its tests find it is shown by `npm run test:mutants`. */
const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
const folder = join(root, 'test/mutants/patches');
const patches = readdirSync(folder).map((file) => join(folder, file));
/** The folders that `run.ts` makes anew for each patch. */
const MUTABLE = /^(src|machines|bench)\//;

/** Errors of git for patches that do not apply to the sources. Nothing is changed. */
function check(files: readonly string[]): string {
  // Within a folder of another repository git skips all files that this repository does not have.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(root), LC_ALL: 'C' };
  const args = ['apply', '--check', '--whitespace=nowarn', ...files];
  const { status, stderr, error } = spawnSync('git', args, { cwd: root, env, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return status === 0 ? '' : stderr.trim() || `git apply ended with ${status}`;
}

/** One process for all patches; one for each only when something does not fit, since git does not name the patch. */
function unfit(files: readonly string[]): string[] {
  if (check(files) === '') return [];
  return files.flatMap((file) => {
    const problem = check([file]);
    return problem === '' ? [] : [`${basename(file)}: ${problem}`];
  });
}

/** Paths in the lines `--- a/PATH` and `+++ b/PATH`. */
function changedFiles(patch: string): string[] {
  return [...patch.matchAll(/^(?:--- a|\+\+\+ b)\/(.+)$/gm)].map(([, path = '']) => path.trim());
}

test('all patches apply to the sources', () => {
  expect(patches.length).toBeGreaterThan(0);
  expect(patches.filter((file) => !file.endsWith('.patch'))).toEqual([]);
  expect(unfit(patches)).toEqual([]);
});

test('every patch says what it breaks, and names tests in files that exist', () => {
  const missing = patches.flatMap((file) => {
    const mutant = parseMutant(basename(file, '.patch'), readFileSync(file, 'utf8'));
    return mutant.files.filter((path) => !existsSync(join(root, path))).map((path) => `${mutant.name}: ${path}`);
  });
  expect(missing).toEqual([]);
});

test('every patch changes files of src, machines and bench only', () => {
  const others = patches.filter((file) => {
    const changed = changedFiles(readFileSync(file, 'utf8'));
    return changed.length === 0 || !changed.every((path) => MUTABLE.test(path));
  });
  expect(others).toEqual([]);
});

test('a patch that does not apply is named, and one without its header is refused', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-patches-'));
  try {
    const old = join(directory, 'old.patch');
    const hunk = '@@ -1,1 +1,1 @@\n-This line is not there.\n+Neither is this one.\n';
    writeFileSync(old, `# Nothing.\n--- a/src/ids.ts\n+++ b/src/ids.ts\n${hunk}`);
    const first = patches.slice(0, 1);
    expect(unfit([...first, old])).toEqual([expect.stringMatching(/^old\.patch: .*src\/ids\.ts/)]);
    expect(() => parseMutant('x', `# fails: test/a.test.ts > a\n${hunk}`)).toThrow('x.patch must begin with');
    expect(() => parseMutant('x', `# What it breaks.\n${hunk}`)).toThrow('x.patch must begin with');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
