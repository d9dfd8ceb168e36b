// The process of the clients of all services. It gets a job over the channel of `fork`, and answers with what a delivery
// has cost.
import { DIALECT_OF } from '../load/dialects.ts';
import { turned } from '../turns.ts';
import { type Costs, Deliveries } from './deliveries.ts';
import { NODES_FLOWS, type NodesFlow, SETS_PER_ROUND, WARM_SETS } from './flows.ts';
import { type ByPeer, type NodesPeerName, SERVERS } from './peers.ts';
import type { Place } from './service.ts';

export interface Job {
  /** Title of the flow. */
  readonly flow: string;
  readonly places: ByPeer<Place>;
  /** The services by their names, in the order in which clients connect. */
  readonly order: readonly NodesPeerName[];
}

/** Measures all services batch by batch, in turn, so that changes of the machine's speed affect all of them. */
async function measured({ flow: title, places, order }: Job): Promise<readonly ByPeer<Costs>[]> {
  const flow = NODES_FLOWS.find((one) => one.title === title) as NodesFlow;
  const deliveries = new Map<NodesPeerName, Deliveries>();
  for (const name of order) {
    const dialect = DIALECT_OF[SERVERS[name].dialect];
    deliveries.set(name, await Deliveries.to(places[name] as Place, dialect, flow));
  }
  const sets: ByPeer<Costs>[] = [];
  for (let set = 0; set < WARM_SETS + SETS_PER_ROUND; set++) {
    const costs: { [Name in NodesPeerName]?: Costs } = {};
    for (const name of turned(order, set)) costs[name] = await (deliveries.get(name) as Deliveries).next();
    if (set >= WARM_SETS) sets.push(costs);
  }
  return sets;
}

process.on('message', async (job: Job) => {
  process.send?.(await measured(job));
});
process.on('disconnect', () => process.exit());
