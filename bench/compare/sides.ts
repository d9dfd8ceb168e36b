import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { UsageError } from '../../scripts/program.ts';

/** The two compared builds: of this checkout (`here`) and of another state of it (`there`). */
export const SIDES = ['here', 'there'] as const;
export type Side = (typeof SIDES)[number];
/** A value for each build. */
export type Both<T> = Readonly<Record<Side, T>>;

/** Folder of the build, relative to its checkout. */
const BUILD = 'bench/dist';

/**
 * Folders of both builds.
 *
 * @param folder The checked out files of the other state.
 * @throws UsageError when its build lacks what is measured.
 */
export function buildsOf(folder: string): Both<string> {
  const builds = { here: resolve(BUILD), there: resolve(folder, BUILD) };
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
