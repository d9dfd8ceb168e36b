import { Bench } from 'tinybench';
import { codecs } from './codecs.ts';
import { hubActor } from './hub-actor.ts';
import { lane } from './lane.ts';
import { longPoll } from './long-poll.ts';
import type { Micro } from './micro.ts';
import { router } from './router.ts';

const TIME_MS = 500;
const NANOSECONDS = 1_000_000;

/** Result of one micro benchmark: nanoseconds of wall time for each operation, in this process. */
export interface MicroResult {
  readonly title: string;
  readonly medianNs: number;
  readonly p99Ns: number;
}

/** Measures single parts, without sockets or other processes. */
export async function runMicroBenchmarks(): Promise<MicroResult[]> {
  const micros: Micro[] = [...codecs(), ...(await lane()), ...(await router()), ...hubActor(), ...longPoll()];
  const results: MicroResult[] = [];
  for (const { title, count, run } of micros) {
    const bench = new Bench({ time: TIME_MS, warmupTime: TIME_MS / 2, throws: true });
    bench.add(title, run);
    const [task] = await bench.run();
    if (task === undefined || !('latency' in task.result)) throw new Error(`${title} has no result`);
    const { p50, p99 } = task.result.latency;
    results.push({ title, medianNs: (p50 * NANOSECONDS) / count, p99Ns: (p99 * NANOSECONDS) / count });
  }
  return results;
}
