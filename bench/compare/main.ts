// `npm run bench:compare -- FOLDER [SCENARIO ...] [--seconds N]`: compares the costs of this checkout and another one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../arguments.ts';
import { chooseCores } from '../rig/cores.ts';
import { alternate } from './alternate.ts';
import { COLD, readComparison } from './arguments.ts';
import { COLD_CONNECTIONS, compareColdConnects } from './connect-cold.ts';
import { FLOWS, type FlowName } from './flows.ts';
import { HostProcess } from './host-process.ts';
import { ratiosOf } from './ratios.ts';
import { buildsOf } from './sides.ts';
import { headLine, lineOf } from './table.ts';

/** Number of pairs that take about a second. */
const PAIRS_PER_ROUND = 5;

/** Arguments and builds. Ends the process when the arguments are invalid. */
function prepare() {
  try {
    const asked = readComparison(process.argv.slice(2));
    if (process.platform !== 'linux' && asked.scenarios.includes(COLD))
      throw new UsageError(`${COLD} reads CPU times from /proc, so it runs on Linux only.`);
    return { ...asked, builds: buildsOf(asked.folder) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`bench:compare: ${error.message}`);
    process.exit(2);
  }
}

const { folder, scenarios, seconds, builds } = prepare();
const cores = chooseCores();
const data = mkdtempSync(join(tmpdir(), 'signalbox-compare-'));

/** Compares one scenario, in a new process, so that no state of the previous one slows it. */
async function compareFlow(name: FlowName): Promise<void> {
  const host = new HostProcess(cores.server);
  const pairs = await alternate(host, await host.serve(builds), FLOWS[name], seconds);
  host.end();
  console.log(lineOf(`${FLOWS[name].title}, CPU us`, ratiosOf(pairs, PAIRS_PER_ROUND)));
}

async function compareCold(): Promise<void> {
  const pairs = await compareColdConnects(cores, builds, data, seconds);
  for (const [figure, unit] of [
    ['cpuUs', 'CPU us'],
    ['rssKib', 'KiB each'],
  ] as const) {
    const values = pairs.map(({ here, there }) => ({ here: here[figure], there: there[figure] }));
    console.log(lineOf(`connect ${COLD_CONNECTIONS.toLocaleString('en')}, cold, ${unit}`, ratiosOf(values, 1)));
  }
}

console.log(`here   ${process.cwd()}\nthere  ${folder}\n${cores.text}, ${seconds} s each\n\n${headLine()}`);
try {
  for (const name of scenarios) await (name === COLD ? compareCold() : compareFlow(name as FlowName));
} finally {
  rmSync(data, { recursive: true, force: true });
}
process.exit();
