// `npm run bench -- nodes [--seconds N]`: the CPU time of two nodes and their Redis for a delivery, divided by that of
// two nodes of other servers.
import { UsageError } from '../../scripts/program.ts';
import { readSeconds } from '../alone.ts';
import { chooseCores } from '../rig/cores.ts';
import { exitOnSignals } from '../rig/exit-on-signals.ts';
import { hasThreadTimes } from '../rig/thread-times.ts';
import { alternate } from './alternate.ts';
import { CLIENTS_EACH, NODES_FLOWS, SETS_PER_ROUND } from './flows.ts';
import { NODES_PEERS, SERVERS } from './peers.ts';
import { hasRedis } from './redis.ts';
import { nodesTable } from './table.ts';

const seconds = readSeconds('nodes', process.argv.slice(2));
if (!hasThreadTimes()) throw new UsageError('it reads /proc/PID/schedstat, which Linux has with CONFIG_SCHED_INFO.');
if (!hasRedis())
  throw new UsageError('there is no redis-server in the PATH; nodes starts one, such as that of Debian.');
exitOnSignals();
const names = NODES_PEERS.filter((name) => {
  const why = SERVERS[name].prepare();
  if (why !== undefined) console.log(`${SERVERS[name].title} is left out: ${why}.\n`);
  return why === undefined;
});
const cores = chooseCores();
console.log(`two nodes with ${CLIENTS_EACH} clients each and one Redis; ${cores.text}, at least ${seconds} s each\n`);
for (const flow of NODES_FLOWS)
  console.log(`${nodesTable(flow.title, await alternate(cores, names, flow, seconds), SETS_PER_ROUND)}\n`);
process.exit();
