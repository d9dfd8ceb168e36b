import { Fleet } from '../load/fleet.ts';
import { signalR } from '../load/signalr.ts';
import { Batches } from './batches.ts';
import type { ComparedFlow } from './flows.ts';
import type { HostProcess } from './host-process.ts';
import { orderOf } from './order.ts';
import { isEnough, type Pair } from './ratios.ts';
import type { Both, Side } from './sides.ts';

/** Number of first pairs that are not counted: code is compiled, and buffers grow. */
const WARM_PAIRS = 15;

/**
 * Number of pairs in a round. They take about a second, so that a short disturbance affects few rounds.
 */
export const PAIRS_PER_ROUND = 5;

/**
 * Measures both builds batch by batch, in turn, so that changes of the machine's speed affect both.
 *
 * @param seconds Minimum measuring time. Nine rounds may take longer.
 */
export async function alternate(
  host: HostProcess,
  ports: Both<number>,
  compared: ComparedFlow,
  seconds: number,
): Promise<readonly Pair[]> {
  const open = async (side: Side): Promise<Batches> => {
    const fleet = new Fleet(ports[side], compared.dialect ?? signalR);
    await fleet.open(compared.connections, { ids: true });
    return new Batches(host, compared, fleet);
  };
  const batches = { here: await open('here'), there: await open('there') };
  const pairs: Pair[] = [];
  let end = Number.POSITIVE_INFINITY;
  for (let pair = 0; !isEnough(pairs.length, PAIRS_PER_ROUND, performance.now() >= end); pair++) {
    if (pair === WARM_PAIRS) end = performance.now() + seconds * 1_000;
    const figures = { here: 0, there: 0 };
    for (const side of orderOf(pair)) figures[side] = await batches[side].next();
    if (pair >= WARM_PAIRS) pairs.push(figures);
  }
  return pairs;
}
