// `npm run bench -- credentials [--seconds N]`: the CPU time of a connect and of a poll with each kind of credential,
// divided by that of an anonymous one.
import { UsageError } from '../../scripts/program.ts';
import { readSeconds } from '../alone.ts';
import { ratiosOf } from '../compare/ratios.ts';
import { short } from '../report/table.ts';
import { chooseCores } from '../rig/cores.ts';
import { ACTS, alternate, SETS_PER_ROUND } from './alternate.ts';
import { HostProcess } from './host-process.ts';
import { KINDS } from './kinds.ts';

const seconds = readSeconds('credentials', process.argv.slice(2));
if (process.platform !== 'linux') throw new UsageError('it pins processes to cores as Linux does.');
const cores = chooseCores();
console.log(`${cores.text}, at least ${seconds} s each\n`);
for (const act of ACTS) {
  const sets = await alternate(() => new HostProcess(cores.server), act, seconds);
  console.log(act.title);
  for (const kind of KINDS) {
    const { medians, ratio, interval, rounds } = ratiosOf(
      sets.map((set) => ({ here: set[kind], there: set.anonymous })),
      SETS_PER_ROUND,
    );
    const between = interval.map((value) => value.toFixed(3)).join('-');
    const cells = [short(medians.here).padStart(8), ratio.toFixed(3).padStart(8), between.padStart(14)];
    console.log(`  ${kind.padEnd(10)}${cells[0]} us${kind === 'anonymous' ? '' : `${cells[1]}${cells[2]}`}`);
    if (kind === KINDS.at(-1)) console.log(`  ${rounds} rounds\n`);
  }
}
process.exit();
