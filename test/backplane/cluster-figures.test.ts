import { expect, test } from 'vitest';
import { clusterFigures, type LogFigures } from '../../src/backplane/cluster-figures.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { actorMessage } from '../../src/inspector/wire.ts';
import { type MemoryNode, MemoryNodes } from '../support/memory-nodes.ts';
import { any } from '../support/schemas.ts';

const SIZE = 5;
const BEACON_MS = 1_000;
const NOTHING = { appended: 0, duplicates: 0, rejected: 0, followed: 0, cachedBytes: 0, unrepaired: 0 };

const hub = setupHub({}).createHub({
  history: { 'room:*': { size: SIZE, ttlMs: 600_000 } },
  methods: { Join: method([any<string>()], (caller, group) => caller.groups.add(caller.connectionId, group)) },
});

function logsOf({ cluster }: MemoryNode): LogFigures {
  return clusterFigures(cluster).logs;
}

/** Two nodes, each with a member of a group with history. */
async function twoNodes() {
  const nodes = await MemoryNodes.linked(2, () => hub);
  const [one, other] = [nodes.at(0), nodes.at(1)];
  for (const node of [one, other]) {
    const { client } = await nodes.connect(node);
    client.invoke('Join', ['room:1'], 'join');
  }
  await nodes.settle();
  const say = async (node: MemoryNode, text: string, messageId?: string): Promise<unknown> => {
    const to = node.server.parts.context(hub).clients.group('room:1');
    const sent = (messageId === undefined ? to : to.with({ messageId })).send('Heard', text);
    const outcome = sent.catch((error: unknown) => error);
    await nodes.settle();
    return outcome;
  };
  return { nodes, one, other, say };
}

test('the figures of a node count what it has added to logs, and what of them it keeps', async () => {
  const { one, other, say } = await twoNodes();
  expect([logsOf(one), logsOf(other)]).toEqual([
    { ...NOTHING, followed: 1 },
    { ...NOTHING, followed: 1 },
  ]);
  expect(clusterFigures(one.cluster)).toMatchObject({ nodes: 1, gaps: 0, questions: 0, invocations: 0 });
  await say(one, 'one', 'id');
  const { cachedBytes } = logsOf(one);
  expect(cachedBytes).toBeGreaterThan(100);
  await say(one, 'again', 'id');
  await say(other, 'again', 'id');
  expect([logsOf(one), logsOf(other)]).toEqual([
    { ...NOTHING, followed: 1, cachedBytes, appended: 1, duplicates: 1 },
    { ...NOTHING, followed: 1, cachedBytes, duplicates: 1 },
  ]);
  one.backplane.isAway = true;
  one.backplane.cut();
  expect(await say(one, 'two')).toBeInstanceOf(Error);
  expect(logsOf(one)).toEqual({ ...NOTHING, followed: 1, cachedBytes, appended: 1, duplicates: 1, rejected: 1 });
});

test('they count messages of groups with history that were lost, and those of others as gaps', async () => {
  const { nodes, one, other, say } = await twoNodes();
  other.backplane.isAway = true;
  other.backplane.cut();
  for (let count = 0; count <= SIZE; count++) await say(one, `text ${count}`);
  other.backplane.isAway = false;
  other.backplane.tryAgain();
  await nodes.pass(5 * BEACON_MS);
  // Five of them are kept, and one is gone.
  expect([logsOf(one).unrepaired, logsOf(other).unrepaired]).toEqual([0, 1]);
  nodes.exchange.loses = () => true;
  await one.server.parts.context(hub).clients.all.send('Heard', 'lost');
  await nodes.settle();
  nodes.exchange.loses = () => false;
  await nodes.pass(3 * BEACON_MS);
  expect(clusterFigures(other.cluster).gaps).toBe(1);
});

test('an inspector sees the figures of a node, anew with each beacon', async () => {
  const { nodes, one, say } = await twoNodes();
  const { supervisor } = one.server.parts;
  const [actor] = [...supervisor.refs()].filter(({ id }) => id === 'cluster');
  const snapshot = () =>
    JSON.parse(actorMessage(actor as never, { rootId: 'x:0', wallNow: 0 }).toString('utf8')).snapshot;
  const events: string[] = [];
  supervisor.actor.system.inspect(({ type, actorRef, ...inspection }) => {
    if (type === '@xstate.snapshot' && actorRef === actor && 'event' in inspection) events.push(inspection.event.type);
  });
  await say(one, 'one');
  await nodes.pass(2 * BEACON_MS);
  expect(events).toEqual(['beacon.sent', 'beacon.sent']);
  const logs = { ...logsOf(one), appended: 1 };
  expect(snapshot()).toMatchObject({ status: 'active', nodes: 1, gaps: 0, unshared: {}, faults: {}, logs });
});
