import { spawnSync } from 'node:child_process';
import { UsageError } from '../../scripts/program.ts';

/** Without what a git hook sets, because that names another folder; with texts in English. */
export const GIT_ENVIRONMENT: NodeJS.ProcessEnv = {
  ...process.env,
  LC_ALL: 'C',
  GIT_DIR: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_WORK_TREE: undefined,
};

/**
 * Runs git in a folder.
 *
 * @returns its output, or its error text, without the newline at the end.
 * @throws UsageError when git is not installed.
 */
export function git(folder: string, ...args: readonly string[]): { readonly isOk: boolean; readonly text: string } {
  const options = { encoding: 'utf8', env: GIT_ENVIRONMENT } as const;
  const { error, status, stdout, stderr } = spawnSync('git', ['-C', folder, ...args], options);
  if (error !== undefined) throw new UsageError(`--against takes git, which cannot be started: ${error.message}.`);
  return { isOk: status === 0, text: (status === 0 ? stdout : stderr).trimEnd() };
}

/**
 * The full id of the commit that a branch, a tag or a shorter id names.
 *
 * @throws UsageError when there is none, or no repository.
 */
export function commitOf(repository: string, ref: string): string {
  const inside = git(repository, 'rev-parse', '--git-dir');
  if (!inside.isOk) throw new UsageError(`--against takes a git repository: ${inside.text}.`);
  const commit = git(repository, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);
  if (!commit.isOk) throw new UsageError(`this repository has no commit '${ref}': name a branch, a tag or a commit.`);
  return commit.text;
}
