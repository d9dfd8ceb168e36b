import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { UsageError } from '../../scripts/program.ts';
import type { HubOptions } from '../../src/index.ts';

/** The two compared builds: of this checkout (`here`) and of another state of it (`there`). */
export const SIDES = ['here', 'there'] as const;
export type Side = (typeof SIDES)[number];
/** A value for each build. */
export type Both<T> = Readonly<Record<Side, T>>;

/** Folder of the build, relative to its checkout. */
const BUILD = 'bench/dist';

/** A server that is measured. */
export interface Served {
  /** Folder of its build. */
  readonly build: string;
  /** Options of its hub. Default: none. */
  readonly options?: HubOptions;
  /** Whether its clients have users, each its own. Default: false. */
  readonly hasUsers?: boolean;
}

/** Folder of the build of this checkout. */
export function buildHere(): string {
  return resolve(BUILD);
}

/**
 * Folders of both builds.
 *
 * @param folder The checked out files of the other state.
 * @throws UsageError when its build lacks what is measured.
 */
export function buildsOf(folder: string): Both<string> {
  const builds = { here: buildHere(), there: resolve(folder, BUILD) };
  for (const file of [libraryIn(builds.there), serverIn(builds.there)]) {
    if (!existsSync(file))
      throw new UsageError(`that state cannot be compared: its build has no ${relative(folder, file)}.`);
  }
  return builds;
}

export function libraryIn(build: string): string {
  return join(build, 'src/index.js');
}

export function serverIn(build: string): string {
  return join(build, 'bench/server.js');
}
