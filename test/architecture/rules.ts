import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { adaptersOf, depthOf, mayImport, nameOfLayer, unitOf } from './layers.ts';
import type { Import, SourceFile } from './source-file.ts';

/** Finds the places that break a rule. Returns one line for each of them. */
export type Rule = (files: readonly SourceFile[]) => readonly string[];

const LONGEST_FILE = 250;
/** Files that only re-export: an entry point of the package each, those to come included. */
const BARREL = /^src\/((auth|moderation|client|testing)\/)?index\.ts$/;
/** Names of folders that say nothing, so that they collect everything. A function lives with its concept. */
const DRAWERS = ['utils', 'helpers', 'common', 'types', 'constants', 'managers'];

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Readonly<
  Record<'dependencies' | 'optionalDependencies', Readonly<Record<string, string>>>
>;
const dependencies = { ...manifest.dependencies, ...manifest.optionalDependencies };

export const RULES = {
  'every file has its place in the layer table': (files) =>
    files.filter(({ path }) => depthOf(path) === undefined).map(({ path }) => `${path} has none: see layers.ts`),

  'imports point down, or stay in their folder': eachImport((from, { file }) =>
    file !== undefined && !mayImport(from, file)
      ? `layer ${nameOfLayer(from)} on layer ${nameOfLayer(file)}`
      : undefined,
  ),

  'adapters never import each other': eachImport((from, { file }) => {
    const [own, other] = [adaptersOf(from), file === undefined ? undefined : adaptersOf(file)];
    return own !== undefined && other !== undefined && own !== other ? 'adapters know ports only' : undefined;
  }),

  'only src/actors imports machines': eachImport((from, { file }) => {
    const isMachine = file?.startsWith('machines/') === true;
    return isMachine && !/^(machines|src\/actors)\//.test(from) ? 'actors make machines real' : undefined;
  }),

  'machines are pure: XState, and types of the layers 0 and 1': eachImport((from, { specifier, file, isType }) => {
    if (!from.startsWith('machines/') || file?.startsWith('machines/')) return undefined;
    if (file === undefined) return specifier === 'xstate' ? undefined : 'no other package';
    if (!isType) return 'a type only: `import type`';
    return ['0', '1'].includes(nameOfLayer(file)) ? undefined : `layer ${nameOfLayer(file)}`;
  }),

  'src/hubs uses the public API only': eachImport((from, { file }) => {
    if (!from.startsWith('src/hubs/') || file === undefined) return undefined;
    const isPublic = ['src/index.ts', 'src/moderation/index.ts'].includes(file);
    return isPublic || file.startsWith('src/hubs/') ? undefined : 'entry points have what it may use';
  }),

  'only tests import src/testing': eachImport((from, { file }) => {
    const isOfTesting = file?.startsWith('src/testing/') === true;
    return isOfTesting && !from.startsWith('src/testing/') ? 'it is not in the package' : undefined;
  }),

  'src and machines import nothing of the tests': eachImport((_from, { file }) =>
    file !== undefined && !/^(src|machines)\//.test(file) ? 'it is outside of the sources' : undefined,
  ),

  'ws stays in src/transports': packageStaysIn('ws', ['src/transports/']),
  'xstate stays in machines and src/actors': packageStaysIn('xstate', ['machines/', 'src/actors/']),
  'every file of src/actors needs XState: it imports that, or a machine': (files) =>
    files
      .filter(({ path }) => path.startsWith('src/actors/'))
      .filter(({ imports }) => !imports.some(({ specifier }) => /^xstate$|\/machines\//.test(specifier)))
      .map(({ path }) => `${path} does not`),

  'better-sqlite3 stays in the thread, and where it is looked for': packageStaysIn('better-sqlite3', [
    'src/storage/sqlite-thread/',
    'src/storage/sqlite/sqlite-package.ts',
  ]),
  'pg stays in src/storage/postgres': packageStaysIn('pg', ['src/storage/postgres/']),
  'ioredis stays in src/backplane/redis': packageStaysIn('ioredis', ['src/backplane/redis/']),
  '@msgpack/msgpack stays in src/protocol, and where nodes write to each other': packageStaysIn('@msgpack/msgpack', [
    'src/protocol/',
    'src/backplane/wire/',
  ]),
  'zod stays in src/hubs and src/cli': packageStaysIn('zod', ['src/hubs/', 'src/cli/']),
  'jose stays in src/auth': packageStaysIn('jose', ['src/auth/']),
  'obscenity stays in src/moderation': packageStaysIn('obscenity', ['src/moderation/']),
  'node:http stays in the folders of HTTP and in the files that connect them': packageStaysIn('node:http', [
    'src/http/',
    'src/transports/',
    'src/endpoint/',
    'src/web/',
    'src/testing/',
    'src/server.ts',
    'src/server-listeners.ts',
    'src/signalbox-server.ts',
    'src/listen-options.ts',
    'src/auth/authenticator.ts',
  ]),

  // A declaration file names the package of a type. Where that package is not installed, TypeScript silently makes the
  // type `any`.
  'every imported package is in dependencies, even if only its types are used': eachImport((from, what) => {
    // The packages that the page uses are copied into the build.
    if (from.startsWith('src/page/')) return undefined;
    const name = /^(@[^/]+\/)?[^/]+/.exec(what.specifier)?.[0] ?? '';
    const isPackage = what.file === undefined && !what.specifier.startsWith('node:');
    return isPackage && !(name in dependencies) ? 'not in dependencies of package.json' : undefined;
  }),

  'process.env is read in src/cli only': (files) =>
    files
      .filter(({ path, readsEnvironment }) => readsEnvironment && !path.startsWith('src/cli/'))
      .map(({ path }) => `${path} reads it, or takes process apart or imports it, which hides whether it does`),

  // Steps of the wall clock must change no duration, and tests control time. The page runs in the browser.
  'clocks are read in src/clock.ts only': (files) =>
    files
      .filter(({ path }) => path !== 'src/clock.ts' && !path.startsWith('src/page/'))
      .flatMap(({ path, clockReads }) => clockReads.map((read) => `${path}: ${read}`)),

  // The limit on log lines that clients can cause counts by text, and keeps one counter for each text.
  'lines of the log have constant texts': (files) =>
    files
      .filter(({ path }) => !/^src\/log(-limit)?\.ts$/.test(path))
      .flatMap(({ path, computedLogTexts }) => computedLogTexts.map((line) => `${path}: ${line}`)),

  'only entry points are barrels': (files) =>
    files.filter((file) => file.isBarrel && !BARREL.test(file.path)).map(({ path }) => `${path} only re-exports`),

  'no folder or file has a name that says nothing': (files) =>
    files
      .filter(({ path }) => path.split('/').some((part) => DRAWERS.includes(part.replace(/\.ts$/, ''))))
      .map(({ path }) => path),

  'folders do not import each other in a circle': (files) => {
    const edges = files.flatMap(({ path, imports }) =>
      imports.flatMap(({ file }) => (file === undefined ? [] : [{ path, file, from: unitOf(path), to: unitOf(file) }])),
    );
    const leadsTo = (from: string | undefined, to: string | undefined, seen = new Set([from])): boolean =>
      edges.some((edge) => {
        if (edge.from !== from) return false;
        if (edge.to === to) return true;
        return !seen.has(edge.to) && leadsTo(edge.to, to, seen.add(edge.to));
      });
    return edges
      .filter(({ from, to }) => from !== to && leadsTo(to, from))
      .map(({ path, file, from, to }) => `${path} imports ${file}, and ${to} leads back to ${from}`);
  },

  'files do not import each other in a circle, type imports included': (files) => {
    const imports = new Map(files.map((file) => [file.path, file.imports.flatMap(({ file: to }) => to ?? [])]));
    return circlesOf(imports).map((circle) => `${circle.join(' -> ')} -> ${circle[0]}`);
  },

  'no file is longer than 250 lines': (files) =>
    files.filter(({ lineCount }) => lineCount > LONGEST_FILE).map(({ path, lineCount }) => `${path} has ${lineCount}`),
} satisfies Record<string, Rule>;

/** The shortest circle through each file that is on one, each circle once, from its first file in the order of names. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>();
  for (const start of imports.keys()) {
    const circle = wayBack(start, imports);
    if (circle?.every((path) => start <= path)) found.set(circle.join(), circle);
  }
  return [...found.values()];
}

/** The shortest way from a file back to itself, without its end. */
function wayBack(start: string, imports: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of imports.get(way.at(-1) as string) ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

/** machines/x.ts is made real by src/actors/x.ts and tested by test/machines/x.test.ts; a newcomer may rely on it. */
export function withoutTwin(files: readonly string[], tests: readonly string[]): readonly string[] {
  const machines = files.filter((path) => path.startsWith('machines/')).map((path) => posix.basename(path, '.ts'));
  const tested = tests.filter((path) => path.endsWith('.test.ts')).map((path) => posix.basename(path, '.test.ts'));
  return [
    ...machines
      .filter((name) => !files.includes(`src/actors/${name}.ts`))
      .map((name) => `src/actors/${name}.ts is missing`),
    ...machines.filter((name) => !tested.includes(name)).map((name) => `test/machines/${name}.test.ts is missing`),
    ...tested
      .filter((name) => !machines.includes(name))
      .map((name) => `machines/${name}.ts is missing: its test is there`),
  ];
}

function eachImport(fault: (from: string, what: Import) => string | undefined): Rule {
  return (files) =>
    files.flatMap(({ path, imports }) =>
      imports.flatMap((what) => {
        const reason = fault(path, what);
        return reason === undefined ? [] : [`${path} imports ${what.file ?? what.specifier}: ${reason}`];
      }),
    );
}

function packageStaysIn(name: string, homes: readonly string[]): Rule {
  return eachImport((from, { specifier }) => {
    const isIt = specifier === name || specifier.startsWith(`${name}/`);
    return isIt && !homes.some((home) => from.startsWith(home)) ? `only in ${homes.join(', ')}` : undefined;
  });
}
