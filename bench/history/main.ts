// `npm run bench -- history [--seconds N]`: the CPU time and the duration of a message to a group that keeps its
// messages, divided by those of a message to a group that does not.
import { UsageError } from '../../scripts/program.ts';
import { readSeconds } from '../alone.ts';
import { isEnough } from '../compare/ratios.ts';
import { hasRedis } from '../nodes/redis.ts';
import { type Place, Service } from '../nodes/service.ts';
import { chooseCores } from '../rig/cores.ts';
import { exitOnSignals } from '../rig/exit-on-signals.ts';
import { hasThreadTimes } from '../rig/thread-times.ts';
import { turned } from '../turns.ts';
import { type CostSet, SETS_PER_ROUND } from './generator.ts';
import { GeneratorProcess } from './generator-process.ts';
import { MEMBERS_EACH } from './messages.ts';
import { type BySite, SITE_NAMES, type SiteName, startSite } from './sites.ts';
import { historyTable } from './table.ts';

const seconds = readSeconds('history', process.argv.slice(2));
if (!hasThreadTimes()) throw new UsageError('it reads /proc/PID/schedstat, which Linux has with CONFIG_SCHED_INFO.');
if (!hasRedis())
  throw new UsageError('there is no redis-server in the PATH; history starts one, such as that of Debian.');
exitOnSignals();
const cores = chooseCores();
console.log(`groups of ${MEMBERS_EACH} members on each node; ${cores.text}, at least ${seconds} s each\n`);
for (const inFlight of [1, 8]) {
  const sets: CostSet[] = [];
  const end = performance.now() + seconds * 1_000;
  for (let round = 0; !isEnough(sets.length, SETS_PER_ROUND, performance.now() >= end); round++)
    sets.push(...(await measureRound(turned(SITE_NAMES, round), inFlight)));
  console.log(`${historyTable(`${inFlight} in flight`, sets, SETS_PER_ROUND)}\n`);
}
process.exit();

/** Starts all services in this order, and clients of all of them. */
async function measureRound(order: readonly SiteName[], inFlight: number): Promise<readonly CostSet[]> {
  const services = order.map((name) => ({ name, service: new Service() }));
  const generator = new GeneratorProcess(cores.generator);
  try {
    const places: { [Name in SiteName]?: Place } = {};
    for (const { name, service } of services) places[name] = await startSite(service, cores, name);
    return await generator.measure({ inFlight, places: places as BySite<Place> });
  } finally {
    generator.end();
    for (const { service } of services) service.end();
  }
}
