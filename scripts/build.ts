import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildPage, PAGE, ROOT, runTsc } from './build-page.ts';
import { NO_WORDS, start } from './program.ts';

await start(
  {
    command: 'npm run build',
    about: 'Builds the package and the page of the standalone server into dist/.',
    options: {},
    words: NO_WORDS,
  },
  () => {
    rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
    runTsc('-p', join(ROOT, 'tsconfig.build.json'));
    buildPage(PAGE);
  },
);
