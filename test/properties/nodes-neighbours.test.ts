import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { tagOfBoot } from '../../src/ids.ts';
import type { MemoryNode } from '../support/memory-nodes.ts';
import type { Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { crashAtPing } from '../support/sessions.ts';
import { Site } from './nodes-site.ts';

/** Clients of two nodes that talk to each other, and one of a third node that does not talk to them. */
interface Places {
  readonly site: Site;
  readonly friends: readonly [Peer, Peer];
  readonly neighbour: Peer;
  readonly neighbours: MemoryNode;
}

type Doing = readonly [name: string, act: (places: Places) => unknown];

const ASK: Doing = ['ask', ({ friends: [one, other] }) => other.client.invoke('Ask', [one.id, 'who?'], 'ask')];
const ANSWER: Doing = [
  'answer',
  ({ friends: [{ client }] }) => client.complete(client.requestedResults.at(-1)?.invocationId ?? '', { result: 'me' }),
];

const friendly = fc.constantFrom<Doing>(
  ['say', ({ friends: [one] }) => one.client.invoke('ToGroup', ['red', 'hello'], 'say')],
  ['say back', ({ friends: [, other] }) => other.client.invoke('ToOthersInGroup', ['red', 'hello'])],
  ['whisper', ({ friends: [one, other] }) => one.client.invoke('ToClient', [other.id, 'psst'], 'whisper')],
  ASK,
  ANSWER,
  ['join', ({ friends: [one, other] }) => one.client.invoke('JoinOther', [other.id, 'blue'], 'join')],
  ['say to the other group', ({ friends: [one] }) => one.client.invoke('ToGroup', ['blue', 'hello'])],
);

const nuisance = fc.constantFrom<Doing>(
  ['stalls', ({ neighbour }) => neighbour.client.stall()],
  ['flows', ({ neighbour }) => neighbour.client.flow()],
  [
    'floods itself',
    ({ neighbour: { client, id } }) => {
      for (let n = 0; n < 200; n++) client.invoke('ToClient', [id, 'x'.repeat(1_000)]);
    },
  ],
  [
    'asks many',
    ({ neighbour: { client, id } }) => {
      for (let n = 0; n < 150; n++) client.invoke('Ask', [id, 'who?']);
    },
  ],
  [
    'writes to nobody',
    ({ neighbour: { client } }) => {
      for (let n = 0; n < 100; n++) client.invoke('ToGroup', [`nobody ${n}`, 'x'.repeat(1_000)]);
    },
  ],
  ['sends garbage', ({ neighbour }) => neighbour.client.send('}{\x1e')],
  ['breaks a frame', ({ neighbour }) => neighbour.client.fail(new ProtocolError('broken'))],
  ['is cut', ({ neighbour }) => neighbour.client.cut()],
  ['crashes', ({ neighbour }) => crashAtPing(neighbour.connection, new Error('crashed on command'))],
  ['has a node that crashes', ({ neighbours }) => neighbours.hasCrashed || neighbours.crash()],
  ['has a node that is paused', ({ neighbours }) => neighbours.pause()],
  ['has a node that goes on', ({ neighbours }) => neighbours.isStill && neighbours.resume()],
  ['has a node that is cut', ({ neighbours }) => neighbours.backplane.cut()],
  ['has a node that is deaf', ({ neighbours }) => neighbours.backplane.deafen()],
  ['has a node without answers', ({ neighbours }) => neighbours.backplane.faults.set('renewLease', 'lost')],
  ['has a node that ends', ({ neighbours: { server } }) => void server.parts.close({ drainMs: 500 })],
  [
    'has a node that cannot connect',
    ({ neighbours: { backplane } }) => {
      backplane.isAway = true;
      backplane.cut();
    },
  ],
);

type Step = { readonly by: 'friend' | 'neighbour'; readonly doing: Doing } | { readonly passes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ by: fc.constant('friend' as const), doing: friendly }) },
  { weight: 2, arbitrary: fc.record({ by: fc.constant('neighbour' as const), doing: nuisance }) },
  fc.record({ passes: fc.constantFrom(100, 1_000, 6_000) }),
);

/** Everything that two clients see of a history, with or without the steps of the third one and its node. */
async function traceOf(steps: readonly Step[], options: { readonly withNeighbour: boolean }): Promise<string> {
  const site = await Site.of(3);
  const friends = [await site.client(0), await site.client(1)] as const;
  const places = { site, friends, neighbour: await site.client(2, 'green'), neighbours: site.node(2) };
  const trace: unknown[] = [];
  for (const one of steps) {
    if ('passes' in one) await site.nodes.pass(one.passes);
    else if (one.by === 'friend' || options.withNeighbour) one.doing[1](places);
    await site.nodes.settle();
    for (const { client } of friends) trace.push([site.nodes.clock.now(), client.records.length, client.isEnded]);
  }
  await site.nodes.pass(15_000);
  trace.push(friends.map(({ client }) => client.records));
  return withoutIds(JSON.stringify(trace), places);
}

/** The text with names in place of ids, which are random. */
function withoutIds(text: string, { site, friends }: Places): string {
  const ids = [...friends.map(({ id }) => id), ...site.nodes.all.map(({ server }) => tagOfBoot(server.parts.bootId))];
  return ids.reduce((rest, id, at) => rest.replaceAll(id, `<${at}>`), text);
}

describe('one client, or its whole node, changes nothing for the clients of other nodes', () => {
  property(
    'be it slow, hostile, crashing, cut off or dead: they see the same, at the same times',
    [fc.array(step, { maxLength: 25, size: 'max' })],
    {
      runs: 60,
      sometimes: ['they hear each other', 'an invocation is answered'],
      examples: [[[ASK, ANSWER].map((doing) => ({ by: 'friend' as const, doing }))]],
    },
    async (steps, reached) => {
      const alone = await traceOf(steps, { withNeighbour: false });
      reached('they hear each other', alone.includes('hello'));
      reached('an invocation is answered', alone.includes('"result":"me"'));
      expect(await traceOf(steps, { withNeighbour: true })).toEqual(alone);
    },
  );
});
