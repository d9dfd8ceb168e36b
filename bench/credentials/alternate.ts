import type { Metered } from '../compare/batches.ts';
import { isEnough } from '../compare/ratios.ts';
import { turned } from '../turns.ts';
import { Connects } from './connects.ts';
import type { HostProcess } from './host-process.ts';
import { type ByKind, byKind, KINDS, type Kind, type Target } from './kinds.ts';
import { polls } from './polls.ts';

/** What is measured in batches. */
interface Batched {
  /** @returns microseconds of CPU time for each. */
  next(): Promise<number>;
}

const connects =
  (negotiates: boolean, place: 'header' | 'query') =>
  async (host: Metered, target: Target): Promise<Batched> =>
    new Connects(host, { negotiates, place }, target);

/** What a client with a credential does. */
export const ACTS: readonly {
  readonly title: string;
  /**
   * Number of first sets of a process that are not counted: code is compiled, and buffers grow. The code of one kind of
   * credential runs once for each connection, and V8 compiles it for good after some thousands.
   */
  readonly warmSets: number;
  begin(host: Metered, target: Target): Promise<Batched>;
}[] = [
  { title: 'connect: negotiate, WebSocket, handshake', warmSets: 60, begin: connects(true, 'header') },
  { title: 'the same, access_token in the query', warmSets: 60, begin: connects(true, 'query') },
  { title: 'connect without negotiation', warmSets: 60, begin: connects(false, 'header') },
  { title: 'poll', warmSets: 10, begin: polls },
];

/** Number of sets in a round. A set is a batch for each kind. */
export const SETS_PER_ROUND = 15;

/**
 * Measures rounds for at least `seconds`, and nine of them, each in a process of its own.
 *
 * @param start Starts a process that serves nothing yet.
 */
export async function alternate(
  start: () => HostProcess,
  act: (typeof ACTS)[number],
  seconds: number,
): Promise<readonly ByKind<number>[]> {
  const sets: ByKind<number>[] = [];
  const end = performance.now() + seconds * 1_000;
  for (let round = 0; !isEnough(sets.length, SETS_PER_ROUND, performance.now() >= end); round++) {
    const host = start();
    try {
      sets.push(...(await measureRound(host, act, turned(KINDS, round))));
    } finally {
      host.end();
    }
  }
  return sets;
}

/** Measures all kinds batch by batch, in turn, so that changes of the machine's speed affect all of them. */
async function measureRound(
  host: HostProcess,
  { begin, warmSets }: (typeof ACTS)[number],
  order: readonly Kind[],
): Promise<readonly ByKind<number>[]> {
  const targets = await host.serve(order);
  const batched = new Map<Kind, Batched>();
  for (const kind of KINDS) batched.set(kind, await begin(host, targets[kind]));
  const sets: ByKind<number>[] = [];
  for (let set = 0; set < warmSets + SETS_PER_ROUND; set++) {
    const figures: Record<Kind, number> = { ...byKind(() => 0) };
    for (const kind of turned(KINDS, set)) figures[kind] = await (batched.get(kind) as Batched).next();
    if (set >= warmSets) sets.push(figures);
  }
  return sets;
}
