import { resolve } from 'node:path';
import { buildPage, PAGE } from './build-page.ts';
import { start } from './program.ts';

await start(
  {
    command: 'npx tsx scripts/page.ts',
    about: `Builds the page of the standalone server into a directory, instead of what an earlier build has left there.
The default is dist/src/page.`,
    options: {},
    words: { name: 'DIRECTORY', least: 0, most: 1 },
  },
  ({ words: [directory] }) => buildPage(directory === undefined ? PAGE : resolve(directory)),
);
