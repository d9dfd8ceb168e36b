import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../arguments.ts';

/** The two compared builds: of this checkout (`here`) and of another one (`there`). */
export const SIDES = ['here', 'there'] as const;
export type Side = (typeof SIDES)[number];
/** A value for each build. */
export type Both<T> = Readonly<Record<Side, T>>;

/** Folder of the build, relative to its checkout. */
const BUILD = 'bench/dist';

/**
 * Folders of both builds.
 *
 * @param folder The other checkout.
 * @throws UsageError when it has no build.
 */
export function buildsOf(folder: string): Both<string> {
  if (!existsSync(join(folder, 'package.json'))) throw new UsageError(`${folder} is no checkout of signalbox.`);
  const builds = { here: resolve(BUILD), there: resolve(folder, BUILD) };
  for (const file of [libraryIn(builds.there), serverIn(builds.there)]) {
    if (!existsSync(file))
      throw new UsageError(`${folder} is not built: run \`npm run --silent prebench\` in that folder first.`);
  }
  return builds;
}

export function libraryIn(build: string): string {
  return join(build, 'src/index.js');
}

export function serverIn(build: string): string {
  return join(build, 'bench/server.js');
}
