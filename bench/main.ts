// `npm run bench`: measures this checkout beside other servers (measure.ts).
// `npm run bench -- --against REF [SCENARIO ...] [--seconds N]`: compares it with another state of it (compare/main.ts).
import { isComparison } from './compare/arguments.ts';

if (isComparison(process.argv.slice(2))) await import('./compare/main.ts');
else await import('./measure.ts');
