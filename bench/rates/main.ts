// `npm run bench -- rates [--seconds N]`: the CPU time of an echo with rates that count everything and refuse nothing,
// divided by that of an echo without rates.
import { UsageError } from '../../scripts/program.ts';
import { readSeconds } from '../alone.ts';
import { alternate, PAIRS_PER_ROUND } from '../compare/alternate.ts';
import { FLOWS } from '../compare/flows.ts';
import { HostProcess } from '../compare/host-process.ts';
import { ratiosOf } from '../compare/ratios.ts';
import { buildHere } from '../compare/sides.ts';
import { short } from '../report/table.ts';
import { chooseCores } from '../rig/cores.ts';

const UNREACHED = { perSecond: 1e9, burst: 1e9 };
/** The kinds of rates that the standalone server has, and its `perUserFactor`. */
const options = { rates: { calls: UNREACHED, bytes: UNREACHED, perUserFactor: 5 } };

const seconds = readSeconds('rates', process.argv.slice(2));
if (process.platform !== 'linux') throw new UsageError('it pins processes to cores as Linux does.');
const cores = chooseCores();
console.log(`${cores.text}, at least ${seconds} s each\n`);
console.log(row(['', 'with rates', 'without', 'ratio', '90 % interval', 'rounds']));
const build = buildHere();
for (const hasUsers of [false, true]) {
  for (const flow of [FLOWS['echo-1'], FLOWS['echo-16']]) {
    const sides = { here: { build, hasUsers, options }, there: { build, hasUsers } };
    const pairs = await alternate(() => new HostProcess(cores.server), sides, flow, seconds);
    const { medians, ratio, interval, rounds } = ratiosOf(pairs, PAIRS_PER_ROUND);
    const what = `${flow.title}, ${hasUsers ? 'with users' : 'anonymous'}`;
    const times = [medians.here, medians.there].map((us) => `${short(us)} us`);
    const between = interval.map((value) => value.toFixed(3)).join('-');
    console.log(row([what, ...times, ratio.toFixed(3), between, String(rounds)]));
  }
}
process.exit();

/** A line of the table. Its columns have fixed widths, so that each line can be shown as soon as it is known. */
function row([what = '', ...cells]: readonly string[]): string {
  const widths = [12, 12, 9, 16, 8];
  return what.padEnd(34) + cells.map((cell, at) => cell.padStart(widths[at] as number)).join('');
}
