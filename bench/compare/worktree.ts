import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../scripts/program.ts';
import { git } from './git.ts';

/** A temporary folder for a git worktree of another commit. The checkout itself and its index stay as they are. */
export class Worktree {
  /** The checked out files. */
  readonly folder: string;
  /** For files of the servers that are measured. */
  readonly data: string;
  readonly #root = mkdtempSync(join(tmpdir(), 'signalbox-against-'));
  readonly #repository: string;

  constructor(repository: string) {
    this.#repository = repository;
    this.folder = join(this.#root, 'there');
    this.data = join(this.#root, 'data');
  }

  /** @throws UsageError with git's text when it cannot be checked out. */
  checkOut(commit: string): void {
    const { isOk, text } = git(this.#repository, 'worktree', 'add', '--detach', this.folder, commit);
    if (!isOk) throw new UsageError(`${commit} cannot be checked out: ${text}`);
  }

  /** Removes the folder, and what git knows of it. Synchronous, so that it can be done when the process exits. */
  remove(): void {
    // A process that has just been killed may still add a file.
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    // After the folder, so that git deletes only its own record, also of a worktree that is not complete. It fails
    // when nothing was checked out.
    git(this.#repository, 'worktree', 'remove', '--force', this.folder);
  }
}
