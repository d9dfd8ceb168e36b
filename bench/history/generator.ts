// The process of the clients of all services. It gets a job over the channel of `fork`, and answers with what messages
// have cost.
import type { Place } from '../nodes/service.ts';
import { turned } from '../turns.ts';
import type { GroupName } from './hub.ts';
import { type Cost, Messages } from './messages.ts';
import { type BySite, SITE_NAMES, type SiteName } from './sites.ts';

export interface Job {
  readonly inFlight: number;
  readonly places: BySite<Place>;
}

/** What a message costs in each group of each service, measured in turn. */
export type CostSet = BySite<Readonly<Record<GroupName, Cost>>>;

/** Number of first sets of a process that are not counted: code is compiled, and buffers grow. */
const WARM_SETS = 8;
/** Number of sets in a round. A set is a batch for each group of each service. */
export const SETS_PER_ROUND = 7;

/** Measures batch by batch, in turn, so that changes of the machine's speed affect all of them. */
async function measured({ inFlight, places }: Job): Promise<readonly CostSet[]> {
  const messages = new Map<SiteName, Messages>();
  for (const name of SITE_NAMES) messages.set(name, await Messages.to(places[name], inFlight));
  const sets: CostSet[] = [];
  for (let set = 0; set < WARM_SETS + SETS_PER_ROUND; set++) {
    const costs: { [Name in SiteName]?: Readonly<Record<GroupName, Cost>> } = {};
    for (const name of turned(SITE_NAMES, set)) {
      const group: { [Name in GroupName]?: Cost } = {};
      for (const kind of turned(['kept', 'plain'] as const, set))
        group[kind] = await (messages.get(name) as Messages).next(kind);
      costs[name] = group as Record<GroupName, Cost>;
    }
    if (set >= WARM_SETS) sets.push(costs as CostSet);
  }
  return sets;
}

process.on('message', async (job: Job) => {
  process.send?.(await measured(job));
});
process.on('disconnect', () => process.exit());
