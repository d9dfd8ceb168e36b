import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../arguments.ts';

/** The two builds that are compared: of this checkout and of another one. */
export const SIDES = ['here', 'there'] as const;
export type Side = (typeof SIDES)[number];
/** Something of each. */
export type Both<T> = Readonly<Record<Side, T>>;

/** Where a checkout's build is, from its own folder. */
const BUILD = 'bench/dist';

/**
 * The builds' folders.
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
