// What is sent, joined and ended has the same effects on two nodes as on one, whichever node it is done on.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { HubContext } from '../../src/hub/hub-context.ts';
import { MemoryServer, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { contextOf, type NodeClient, nodeHub, settleBoth, twoNodes } from './two-nodes.ts';

const CLIENTS = 4;
const GROUPS = ['red', 'blue'];
const IDS = [...Array.from({ length: CLIENTS }, (_, n) => `c${n}`), 'nobody'];

const id = fc.constantFrom(...IDS);
const ids = fc.subarray(IDS);
const group = fc.constantFrom(...GROUPS);
/** On the first node, or on the second. */
const place = fc.boolean();
const join = fc.record({ does: fc.constant('join' as const), place, id, group });
const leave = fc.record({ does: fc.constant('leave' as const), place, id, group });
const toGroup = fc.record({ does: fc.constant('toGroup' as const), place, group, ids });
const toIds = fc.record({ does: fc.constant('toIds' as const), place, ids });
const toUsers = fc.record({ does: fc.constant('toUsers' as const), place, ids });
const toAll = fc.record({ does: fc.constant('toAll' as const), place, ids });
const end = fc.record({ does: fc.constant('end' as const), place, id });
const endUser = fc.record({ does: fc.constant('endUser' as const), place, id });
const ending = fc.oneof(end, endUser);
const step = fc.oneof(join, join, join, leave, toGroup, toGroup, toGroup, toIds, toIds, toUsers, toAll, ending);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take({ clients, groups }: HubContext<NodeClient>, it: Step, number: number): void {
  if (it.does === 'join') void groups.add(it.id, it.group);
  else if (it.does === 'leave') void groups.remove(it.id, it.group);
  else if (it.does === 'toGroup') void clients.groupExcept(it.group, it.ids).send('Heard', number);
  else if (it.does === 'toIds') void clients.clients(it.ids).send('Heard', number);
  else if (it.does === 'toUsers') void clients.users(it.ids).send('Heard', number);
  else if (it.does === 'toAll') void clients.allExcept(it.ids).send('Heard', number);
  else if (it.does === 'end') void clients.client(it.id).abort();
  else void clients.user(it.id).abort();
}

/** Connects the clients, takes the steps, and @returns what every client has heard, and what the groups are then. */
async function play(
  places: readonly { readonly server: MemoryServer; readonly context: HubContext<NodeClient> }[],
  steps: readonly Step[],
  settle: () => Promise<void>,
) {
  const at = (isSecond: boolean) => places[isSecond ? places.length - 1 : 0] as (typeof places)[number];
  const peers: Peer[] = [];
  for (let n = 0; n < CLIENTS; n++) {
    // Two connections of a user, one on each node.
    const user = { id: `c${n % 2}`, roles: [] };
    peers.push(await at(n >= CLIENTS / 2).server.connect({ id: `c${n}`, user }));
  }
  for (const [number, one] of steps.entries()) take(at(one.place).context, one, number);
  await settle();
  const groups: unknown[] = [];
  for (const { context } of [at(false), at(true)]) {
    for (const name of GROUPS) {
      groups.push((await context.groups.members(name)).toSorted(), await context.groups.count(name));
    }
  }
  const heard = peers.map(({ client }) => ({ heard: client.calls('Heard').flat(), isEnded: client.isEnded }));
  return { heard, groups };
}

property(
  'two nodes do what one does, within each call and in the same order',
  [fc.array(step, { minLength: 1, maxLength: 40, size: 'max' })],
  { runs: 90, sometimes: ['somebody heard', 'both nodes have members', 'somebody was ended'] },
  async (steps, reached) => {
    const server = new MemoryServer(nodeHub());
    const alone = await play([{ server, context: contextOf(server) }], steps, () => server.settle());
    const nodes = twoNodes();
    const together = await play([nodes.here, nodes.there], steps, () => settleBoth(nodes));
    reached(
      'somebody heard',
      alone.heard.some(({ heard }) => heard.length > 0),
    );
    reached(
      'somebody was ended',
      alone.heard.some(({ isEnded }) => isEnded),
    );
    reached(
      'both nodes have members',
      nodes.here.server.host.memberships.size > 0 && nodes.there.server.host.memberships.size > 0,
    );
    expect(together).toEqual(alone);
  },
);
