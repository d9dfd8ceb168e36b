import { writeFileSync } from 'node:fs';
import { renderMachines } from './machines-document.ts';
import { NO_WORDS, start } from './program.ts';

await start(
  {
    command: 'npm run diagrams',
    about: 'Writes machines/README.md: diagrams and tables of the machines, made from the machines themselves.',
    options: {},
    words: NO_WORDS,
  },
  () => writeFileSync(new URL('../machines/README.md', import.meta.url), renderMachines()),
);
