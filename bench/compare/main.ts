// `npm run bench -- --against REF [SCENARIO ...] [--seconds N]`: compares the costs of this checkout and another state
// of it. Exit code 1: this checkout is worse.
import { UsageError } from '../../scripts/program.ts';
import { chooseCores } from '../rig/cores.ts';
import { alternate, PAIRS_PER_ROUND } from './alternate.ts';
import { COLD, readComparison } from './arguments.ts';
import { COLD_CONNECTIONS, COLD_PAIRS_PER_ROUND, compareColdConnects } from './connect-cold.ts';
import { FLOWS, type FlowName } from './flows.ts';
import { commitOf } from './git.ts';
import { HostProcess } from './host-process.ts';
import { otherState } from './other-state.ts';
import { isWorse, LIMIT, type Pair, ratiosOf } from './ratios.ts';
import { buildsOf } from './sides.ts';
import { headLine, lineOf } from './table.ts';

/** Arguments and builds. */
async function prepare() {
  if (process.platform !== 'linux') throw new UsageError('it reads CPU times from /proc, so it runs on Linux only.');
  const asked = readComparison(process.argv.slice(2));
  const commit = commitOf(process.cwd(), asked.ref);
  console.log(`Building ${asked.ref} ...`);
  const there = await otherState(process.cwd(), commit);
  return { ...asked, ...there, commit, builds: buildsOf(there.folder) };
}

const { ref, commit, scenarios, seconds, builds, data } = await prepare();
const cores = chooseCores();
const worse: string[] = [];

function report(what: string, pairs: readonly Pair[], perRound: number): void {
  const ratios = ratiosOf(pairs, perRound);
  if (isWorse(ratios)) worse.push(what);
  console.log(lineOf(what, ratios));
}

async function compareFlow(name: FlowName): Promise<void> {
  const sides = { here: { build: builds.here }, there: { build: builds.there } };
  const pairs = await alternate(() => new HostProcess(cores.server), sides, FLOWS[name], seconds);
  report(`${FLOWS[name].title}, CPU us`, pairs, PAIRS_PER_ROUND);
}

async function compareCold(): Promise<void> {
  const pairs = await compareColdConnects(cores, builds, data, seconds);
  for (const [figure, unit] of [
    ['cpuUs', 'CPU us'],
    ['rssKib', 'KiB each'],
  ] as const) {
    const values = pairs.map(({ here, there }) => ({ here: here[figure], there: there[figure] }));
    report(`connect ${COLD_CONNECTIONS.toLocaleString('en')}, cold, ${unit}`, values, COLD_PAIRS_PER_ROUND);
  }
}

console.log(`here   ${process.cwd()}\nthere  ${ref}, ${commit}\n${cores.text}, at least ${seconds} s each\n`);
console.log(headLine());
for (const name of scenarios) await (name === COLD ? compareCold() : compareFlow(name as FlowName));
if (worse.length > 0) console.log(`\nWorse than ${LIMIT}: ${worse.join('; ')}.`);
process.exit(worse.length > 0 ? 1 : 0);
