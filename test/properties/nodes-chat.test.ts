import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameKeysOf } from '../../src/hubs/chat/name-keys.ts';
import { property } from '../support/property.ts';
import { ChatSimulation, type Chatter } from './chat-simulation.ts';
import { lived } from './lived.ts';
import { healed, LEASE_MS } from './living-nodes.ts';
import { CRASHES, CUTS, FAULTS, LINKS, type Step, step, steps, TIME, working } from './presence-steps.ts';

function areOne(one: string, other: string): boolean {
  const [a, b] = [nameKeysOf(one), nameKeysOf(other)];
  return a.name === b.name || a.look === b.look;
}

/** Names of which some are one with others, each in its own way. */
const NAMES = ['ann', 'Ann', '\u0430nn', 'all', 'AII', 'All', 'bob'];
/** Pairs of which only one can be had at a time. */
const ALIKE = NAMES.flatMap((one) => NAMES.filter((other) => areOne(one, other)).map((other) => [one, other] as const));
const some = fc.nat(11);
const node = fc.nat(2);
const chatterAt = ({ chatters }: ChatSimulation, at: number) => chatters[at % chatters.length] as Chatter;

/** Clients that come and go, and take names. */
const USERS: readonly fc.Arbitrary<Step<ChatSimulation>>[] = [
  ...[1, 2, 3, 4].map(() =>
    step('SetUsername', fc.tuple(some, fc.constantFrom(...NAMES)), (simulation: ChatSimulation, [at, name]) =>
      simulation.begin(chatterAt(simulation, at), 'SetUsername', name),
    ),
  ),
  ...[1, 2].map(() =>
    step('Connect', node, (simulation: ChatSimulation, at) => {
      const one = working(simulation, at);
      if (one !== undefined && simulation.chatters.length < 12) simulation.connect(one);
    }),
  ),
  step(
    'End',
    fc.tuple(some, fc.constantFrom('close' as const, 'cut' as const)),
    (simulation: ChatSimulation, [at, how]) => simulation.end(chatterAt(simulation, at), how),
  ),
];

/** Nodes that end in order, and new ones. */
const NODES: readonly fc.Arbitrary<Step<ChatSimulation>>[] = [
  step('Drain', node, (simulation: ChatSimulation, at) => {
    const one = working(simulation, at);
    if (one !== undefined) simulation.drain(one);
  }),
  ...[1, 2].map(() =>
    step('Start', fc.constant(0), (simulation: ChatSimulation) => {
      if (simulation.nodes.all.length < 6) simulation.add();
    }),
  ),
];

/** The store loses everything, and is there again at once. */
const LOSSES: readonly fc.Arbitrary<Step<ChatSimulation>>[] = [
  step('Empty', fc.constant(0), ({ nodes }: ChatSimulation) => {
    nodes.exchange.kill({ keepsData: false });
    nodes.exchange.comeBack();
  }),
];

describe('the users of a chat on several nodes', () => {
  property(
    'are told to come and go in turns, whatever happens to links and nodes, and are the same everywhere',
    [steps<ChatSimulation>(USERS, USERS, TIME, CUTS, LINKS, NODES, CRASHES)],
    {
      runs: 250,
      sometimes: ['UserJoined', 'UserLeft', 'UserRenamed', 'a client was sent away', 'a node has died'],
    },
    async (history, reached) => {
      const simulation = await ChatSimulation.start(3);
      const check = () => expect(simulation.disorder).toEqual([]);
      await lived(simulation, history, check);
      await simulation.checkTold();
      for (const { peer, node: its, hasBegunToEnd } of simulation.chatters)
        reached('a client was sent away', peer.isForgotten && !hasBegunToEnd && simulation.living.includes(its));
      reached(
        'a node has died',
        simulation.nodes.all.some(({ hasCrashed }) => hasCrashed),
      );
      await simulation.finish();
      check();
      await simulation.checkCalm();
      await simulation.checkTold();
      for (const told of simulation.told) reached(told.split(' ')[0] as 'UserJoined');
    },
  );

  property(
    'are the same everywhere in the end, and no name is left over, whatever is lost',
    [steps<ChatSimulation>(USERS, USERS, TIME, CUTS, LINKS, NODES, CRASHES, FAULTS, LOSSES)],
    200,
    async (history) => {
      const simulation = await ChatSimulation.start(3);
      await lived(simulation, history);
      await simulation.finish();
      await simulation.checkCalm();
    },
  );

  property(
    'who want names that are one, at the same moment on two nodes: one of them gets it',
    [fc.constantFrom(...ALIKE), fc.array(node, { maxLength: 20 })],
    100,
    async ([one, other], turns) => {
      const simulation = await ChatSimulation.start(3);
      const [a, b] = simulation.chatters as [Chatter, Chatter];
      const answers = [simulation.begin(a, 'SetUsername', one), simulation.begin(b, 'SetUsername', other)];
      for (const at of turns) simulation.nodes.at(at).turn();
      // Who finds that the other one is being told waits a moment.
      await simulation.nodes.pass(1_000);
      expect(answers.map((answer) => answer()).filter((answer) => answer === null)).toHaveLength(1);
      await simulation.checkCalm();
    },
  );
});

describe('a user of a chat on several nodes', () => {
  test('who is renamed is told so once, and not to themselves', async () => {
    const simulation = await ChatSimulation.start(2);
    const [ann, bob] = simulation.chatters as [Chatter, Chatter];
    const guest = await simulation.nameOf(ann);
    for (const name of ['ann', 'Ann', 'Eve']) expect(await simulation.call(ann, 'SetUsername', name)).toBeNull();
    expect(bob.peer.client.calls('UserRenamed')).toEqual([
      [guest, 'ann'],
      ['ann', 'Ann'],
      ['Ann', 'Eve'],
    ]);
    expect(ann.peer.client.calls('UserRenamed')).toEqual([]);
    expect(ann.peer.client.calls('UserJoined')).not.toContainEqual([guest]);
    expect(bob.peer.client.calls('UserJoined')).toEqual([[guest]]);
    for (const { peer } of [ann, bob]) expect(peer.client.calls('UserLeft')).toEqual([]);
  });

  test('whose node dies while they are renamed has left once, with the name that others know', async () => {
    const ends = new Set<string>();
    for (let turns = 0; turns < 40; turns++) {
      const simulation = await ChatSimulation.start(2);
      const [ann] = simulation.chatters as [Chatter];
      const guest = await simulation.nameOf(ann);
      simulation.told.length = 0;
      simulation.begin(ann, 'SetUsername', 'ann');
      for (let n = 0; n < turns; n++) await simulation.nodes.turn();
      ann.node.crash();
      await simulation.nodes.pass(3 * LEASE_MS);
      await simulation.checkCalm();
      ends.add(simulation.told.join(', ').replaceAll(guest, 'guest'));
    }
    expect([...ends]).toEqual(['UserLeft guest', 'UserRenamed guest ann, UserLeft ann']);
  });

  test('can have the name of somebody whose node has died, who is told to have left before', async () => {
    const simulation = await ChatSimulation.start(2);
    const [ann, bob] = simulation.chatters as [Chatter, Chatter];
    await simulation.call(ann, 'SetUsername', 'ann');
    const guest = await simulation.nameOf(bob);
    ann.node.crash();
    expect(await simulation.call(bob, 'SetUsername', 'ann')).toContain('The name ann is taken.');
    await simulation.nodes.pass(LEASE_MS + 1_000);
    expect(await simulation.list(bob)).toEqual([guest]);
    expect(await simulation.call(bob, 'SetUsername', 'ann')).toBeNull();
    await simulation.nodes.pass(3 * LEASE_MS);
    expect(simulation.told.slice(-2)).toEqual(['UserLeft ann', `UserRenamed ${guest} ann`]);
    expect(await simulation.list(bob)).toEqual(['ann']);
  });

  test('swaps names with another one, by a third name', async () => {
    const simulation = await ChatSimulation.start(2);
    const [ann, bob] = simulation.chatters as [Chatter, Chatter];
    await simulation.call(ann, 'SetUsername', 'ann');
    await simulation.call(bob, 'SetUsername', 'bob');
    const both = [simulation.begin(ann, 'SetUsername', 'bob'), simulation.begin(bob, 'SetUsername', 'ann')];
    await simulation.nodes.settle();
    for (const answer of both) expect(answer()).toContain('is taken');
    await simulation.checkCalm();
    const swap = [
      simulation.begin(ann, 'SetUsername', 'eve'),
      simulation.begin(ann, 'SetUsername', 'bob'),
      simulation.begin(bob, 'SetUsername', 'dan'),
      simulation.begin(bob, 'SetUsername', 'ann'),
    ];
    await simulation.nodes.settle();
    for (const answer of swap) expect(answer()).toBeNull();
    expect(await simulation.list(ann)).toEqual(['ann', 'bob']);
    expect(simulation.disorder).toEqual([]);
  });

  test('during an outage talks to those on the same node, of whom nobody has left afterwards', async () => {
    const simulation = await ChatSimulation.start(2);
    const [ann, bob] = simulation.chatters as [Chatter, Chatter];
    await simulation.call(ann, 'SetUsername', 'ann');
    await simulation.call(bob, 'SetUsername', 'bob');
    simulation.told.length = 0;
    simulation.nodes.exchange.kill({ keepsData: true });
    await simulation.nodes.settle();
    const eve = simulation.connect(ann.node);
    await simulation.nodes.settle();
    await simulation.call(eve, 'SetUsername', 'eve');
    expect(await simulation.list(ann)).toEqual(['ann', 'eve']);
    expect(await simulation.call(eve, 'SetUsername', 'ANN')).toContain('is taken');
    await simulation.call(eve, 'Whisper', 'Ann', 'psst');
    expect(ann.peer.client.calls('ReceiveWhisper').map(([from, text]) => [from, text])).toEqual([['eve', 'psst']]);
    await healed(simulation.nodes);
    await simulation.checkCalm();
    expect(simulation.told).toEqual(['UserJoined eve']);
    await simulation.call(ann, 'Whisper', 'BOB', 'hello');
    expect(bob.peer.client.calls('ReceiveWhisper').map(([from, text]) => [from, text])).toEqual([['ann', 'hello']]);
  });
});
