// The programs of this repository that a person may start, except `signalbox`, which has tests of its own: test/cli/,
// test/integration/standalone-settings.test.ts.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
const NO_OPTIONS = 'no option is called --fast; there are --help.';
const FILE = 'a file that a whole run of npm run bench has written';

/** Wrong arguments, and what is said about them. */
type Wrong = readonly (readonly [args: readonly string[], says: string])[];

/** Programs in TypeScript. They run in this process, because starting one takes longer than all their cases. */
export const PROGRAMS: Readonly<Record<string, Wrong>> = {
  'scripts/build.ts': [
    [['--fast'], `npm run build: ${NO_OPTIONS}`],
    [['now'], "npm run build: 'now' is a word too many; expected are options only."],
  ],
  'scripts/page.ts': [
    [['--fast'], `npx tsx scripts/page.ts: ${NO_OPTIONS}`],
    [['a', 'b'], "npx tsx scripts/page.ts: 'b' is a word too many; expected is one DIRECTORY at most."],
    [[ROOT], `npx tsx scripts/page.ts: ${ROOT} has files of something else, which would be removed.`],
    [
      [join(ROOT, 'README.md')],
      `npx tsx scripts/page.ts: ${ROOT}/README.md has files of something else, which would be removed.`,
    ],
  ],
  'scripts/confusables.ts': [
    [[], 'npx tsx scripts/confusables.ts: PATH is missing: npx tsx scripts/confusables.ts PATH.'],
    [
      ['nowhere.txt'],
      'npx tsx scripts/confusables.ts: nowhere.txt cannot be read (ENOENT); expected is the confusables.txt of Unicode.',
    ],
    [
      [ROOT],
      `npx tsx scripts/confusables.ts: ${ROOT} cannot be read (EISDIR); expected is the confusables.txt of Unicode.`,
    ],
    [
      [join(ROOT, 'package.json')],
      `npx tsx scripts/confusables.ts: ${ROOT}/package.json has no line '# Version: X'; expected is the confusables.txt of Unicode.`,
    ],
  ],
  'scripts/diagrams.ts': [[['--fast'], `npm run diagrams: ${NO_OPTIONS}`]],
  'scripts/inspector-picture.ts': [[['--fast'], `npx tsx scripts/inspector-picture.ts: ${NO_OPTIONS}`]],
  'test/mutants/run.ts': [
    [['--fast'], 'npm run test:mutants: no option is called --fast; there are --minutes, --help.'],
    [['--minutes'], 'npm run test:mutants: --minutes takes a value: --minutes N.'],
    [['--minutes', 'x'], "npm run test:mutants: --minutes takes a whole number from 1 to 9999, not 'x'."],
    [
      ['cleared-alarms-ring', 'nobody'],
      "npm run test:mutants: there is no patch 'nobody'; expected are names of files of test/mutants/patches/, without .patch.",
    ],
  ],
  'test/original/run.ts': [
    [['--fast'], `npm run test:original: ${NO_OPTIONS}`],
    [
      ['vectors', 'nobody'],
      `npm run test:original: no file of the suite has 'nobody' in its path; there are ${readdirSync(
        join(ROOT, 'test/conformance'),
      )
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => `test/conformance/${name}`)
        .join(', ')}, test/original/reading.ts, test/original/slow-messagepack.ts, test/original/slow-vectors.ts.`,
    ],
  ],
  'bench/main.ts': [
    [
      ['--fast'],
      'npm run bench: no option is called --fast; there are --quick, --profile, --runs, --peers, --against, --seconds, --help.',
    ],
    [['--runs', 'x'], "npm run bench: --runs takes a whole number from 1 to 9999, not 'x'."],
    [['--against', 'x', '--seconds', '0'], "npm run bench: --seconds takes a whole number from 1 to 9999, not '0'."],
  ],
  'bench/document.ts': [
    [['a', 'b'], "npm run bench:document: 'b' is a word too many; expected is one FILE at most."],
    [['nowhere.json'], `npm run bench:document: nowhere.json cannot be read (ENOENT); expected is ${FILE}.`],
    [[join(ROOT, 'README.md')], `npm run bench:document: ${ROOT}/README.md is not JSON; expected is ${FILE}.`],
    [
      [join(ROOT, 'package.json')],
      `npm run bench:document: ${ROOT}/package.json is not of a whole run: figures that it does not have would be lost. Expected is ${FILE}.`,
    ],
  ],
  'bench/server.ts': [[[], 'node bench/dist/bench/server.js: DATA is missing: node bench/dist/bench/server.js DATA.']],
};

/** Programs in other languages, which run in processes of their own. Their commands, without a word of their arguments. */
export const OTHERS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  'examples/inspect.mjs': [process.execPath, 'examples/inspect.mjs'],
  'examples/plain.mjs': [process.execPath, 'examples/plain.mjs'],
  // Without a PATH the script can do no work, if it should take these arguments for none.
  '.ci/run': ['/bin/bash', '.ci/run'],
};

/** Files that nobody imports, and that no person starts: other programs start them, or a configuration names them. */
export const STARTED_BY_OTHERS = [
  'bench/compare/host.ts',
  'bench/credentials/host.ts',
  'bench/history/node.ts',
  'bench/nodes/generator.ts',
  'bench/nodes/signalbox.ts',
  'bench/peers/socket-io.ts',
  'bench/peers/ws-floor.ts',
  'bench/peers/ws-loop.ts',
  'bench/rig/generator.ts',
  'test/original/no-source.ts',
  'test/original/reading.ts',
  'test/original/slow-messagepack.ts',
  'test/original/slow-vectors.ts',
];

/** Commands of npm scripts that are no programs of this repository, or have tests of their own. */
export const OF_TOOLS =
  /^(?:node -e .*|npm start --|(?:vitest|biome|tsc)\b.*|npm run --silent build|node dist\/src\/cli\/main\.js serve)$/;
