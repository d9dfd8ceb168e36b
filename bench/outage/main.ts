// `npm run bench -- outage [--seconds N]`: how long a node takes for a message to its own clients while Redis is there,
// while it does not answer, and while it is away.
import { resolve } from 'node:path';
import { UsageError } from '../../scripts/program.ts';
import { readSeconds } from '../alone.ts';
import { Latencies } from '../load/latencies.ts';
import { hasRedis, type Redis, startRedis } from '../nodes/redis.ts';
import { chooseCores } from '../rig/cores.ts';
import { exitOnSignals } from '../rig/exit-on-signals.ts';
import { startServer } from '../rig/rig.ts';
import { Audience } from './audience.ts';

/** Clients of the node: each message goes to all of them. */
const CLIENTS = 50;
/** Milliseconds of one state of Redis, before the next one. Half of its deadline is longer. */
const STATE_MS = 6_000;
/** What follows directly on a change counts, too; only the first messages of all do not. */
const WARM_UP_MS = 3_000;

/** States of Redis, in their order. Each has its own figures, over all times that it comes. */
const STATES = {
  'it is there': () => undefined,
  'it does not answer': ({ running }: Redis) => running.kill('SIGSTOP'),
  'it answers again': ({ running }: Redis) => running.kill('SIGCONT'),
  'it is away': ({ running }: Redis) => running.kill('SIGKILL'),
} as const;

const seconds = readSeconds('outage', process.argv.slice(2));
if (!hasRedis())
  throw new UsageError('there is no redis-server in the PATH; outage starts one, such as that of Debian.');
exitOnSignals();
const cores = chooseCores();
console.log(`one node with ${CLIENTS} clients, a message at a time to all of them; ${cores.text}\n`);
const latencies = new Map(Object.keys(STATES).map((state) => [state, new Latencies()]));
for (let measured = 0; measured < seconds; measured += (STATE_MS * latencies.size) / 1_000) await round();
console.log(row(['Redis', 'messages', 'p50, us', 'p99, us', 'longest, ms']));
for (const [state, figures] of latencies) {
  const { p50Us, p99Us, maxUs } = figures.figures();
  console.log(row([state, ...[figures.count, p50Us, p99Us].map(String), (maxUs / 1_000).toFixed(1)]));
}
process.exit();

/** All states once, with a node and a Redis of their own. */
async function round(): Promise<void> {
  const redis = await startRedis(cores.server);
  await redis.ready;
  const program = resolve(import.meta.dirname, '../nodes/signalbox.js');
  const node = startServer(cores, [process.execPath, program, `redis://127.0.0.1:${redis.port}`]);
  const kill = (): void => {
    for (const { pid } of [redis.running, node.running]) if (pid !== undefined) process.kill(pid, 'SIGKILL');
  };
  process.once('exit', kill);
  const audience = await Audience.of(await node.listening, CLIENTS);
  await audience.during(WARM_UP_MS, new Latencies());
  for (const [state, change] of Object.entries(STATES)) {
    change(redis);
    await audience.during(STATE_MS, latencies.get(state) as Latencies);
  }
  process.off('exit', kill);
  audience.leave();
  node.running.kill('SIGKILL');
}

function row([what = '', ...cells]: readonly string[]): string {
  return what.padEnd(20) + cells.map((cell) => cell.padStart(13)).join('');
}
