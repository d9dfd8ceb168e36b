import { start } from '../scripts/program.ts';
import { isComparison } from './compare/arguments.ts';
import { asksForCredentials } from './credentials/arguments.ts';
import { BENCH } from './program.ts';

await start(BENCH, async () => {
  const argv = process.argv.slice(2);
  if (isComparison(argv)) await import('./compare/main.ts');
  else if (asksForCredentials(argv)) await import('./credentials/main.ts');
  else await import('./measure.ts');
});
