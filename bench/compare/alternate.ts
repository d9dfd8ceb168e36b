import { Fleet } from '../load/fleet.ts';
import { signalR } from '../load/signalr.ts';
import { Batches } from './batches.ts';
import type { ComparedFlow } from './flows.ts';
import type { HostProcess } from './host-process.ts';
import { orderOf } from './order.ts';
import { isEnough, type Pair } from './ratios.ts';
import type { Both, Served, Side } from './sides.ts';

/** Number of first pairs of a process that are not counted: code is compiled, and buffers grow. */
const WARM_PAIRS = 10;

/** Number of pairs in a round. They take about two seconds. */
export const PAIRS_PER_ROUND = 10;

/**
 * Measures rounds for at least `seconds`, and nine of them. Each has a process of its own: where its objects lie, and
 * which of the two sides was loaded first, changes the costs of a side by some hundredths for as long as a process
 * lives.
 *
 * @param start Starts a process that serves nothing yet.
 */
export async function alternate(
  start: () => HostProcess,
  sides: Both<Served>,
  compared: ComparedFlow,
  seconds: number,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  const end = performance.now() + seconds * 1_000;
  for (let round = 0; !isEnough(pairs.length, PAIRS_PER_ROUND, performance.now() >= end); round++) {
    const host = start();
    try {
      pairs.push(...(await measureRound(await host.serve(sides, orderOf(round)), host, compared)));
    } finally {
      host.end();
    }
  }
  return pairs;
}

/** Measures both sides batch by batch, in turn, so that changes of the machine's speed affect both. */
async function measureRound(ports: Both<number>, host: HostProcess, compared: ComparedFlow): Promise<readonly Pair[]> {
  const open = async (side: Side): Promise<Batches> => {
    const fleet = new Fleet(ports[side], compared.dialect ?? signalR);
    await fleet.open(compared.connections, { ids: true });
    return new Batches(host, compared, fleet);
  };
  const batches = { here: await open('here'), there: await open('there') };
  const pairs: Pair[] = [];
  for (let pair = 0; pair < WARM_PAIRS + PAIRS_PER_ROUND; pair++) {
    const figures = { here: 0, there: 0 };
    for (const side of orderOf(pair)) figures[side] = await batches[side].next();
    if (pair >= WARM_PAIRS) pairs.push(figures);
  }
  return pairs;
}
