import { start } from '../scripts/program.ts';
import { aloneIn } from './alone.ts';
import { isComparison } from './compare/arguments.ts';
import { BENCH } from './program.ts';

await start(BENCH, async () => {
  const argv = process.argv.slice(2);
  const alone = aloneIn(argv);
  if (isComparison(argv)) await import('./compare/main.ts');
  else if (alone === 'credentials') await import('./credentials/main.ts');
  else if (alone === 'rates') await import('./rates/main.ts');
  else if (alone === 'nodes') await import('./nodes/main.ts');
  else if (alone === 'outage') await import('./outage/main.ts');
  else if (alone === 'history') await import('./history/main.ts');
  else await import('./measure.ts');
});
