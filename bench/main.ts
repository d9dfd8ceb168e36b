import { start } from '../scripts/program.ts';
import { isComparison } from './compare/arguments.ts';
import { BENCH } from './program.ts';

await start(BENCH, async () => {
  if (isComparison(process.argv.slice(2))) await import('./compare/main.ts');
  else await import('./measure.ts');
});
