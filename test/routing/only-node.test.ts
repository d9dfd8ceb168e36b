// On one node, what a caller does not await has happened when the call returns.
import { expect, test } from 'vitest';
import { DisconnectedError, HubError } from '../../src/errors.ts';
import { ALL, toConnections } from '../../src/hub/target.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { uncaughtDuring } from '../support/uncaught.ts';
import { contextOf, nodeHub } from './two-nodes.ts';

async function oneNode() {
  const server = new MemoryServer(nodeHub(), { hubOptions: { maximumGroupsPerConnection: 1 } });
  const [one, two] = [await server.connect(), await server.connect()];
  const heard = async () => {
    await server.settle();
    return [one, two].map(({ client }) => client.calls('Heard').flat());
  };
  return { server, one, two, heard, context: contextOf(server), routing: server.host.router };
}

test('a member is added and removed within the call', async () => {
  const { one, heard, context } = await oneNode();
  void context.groups.add(one.id, 'red');
  void context.clients.group('red').send('Heard', 'added');
  void context.groups.remove(one.id, 'red');
  void context.clients.group('red').send('Heard', 'removed');
  expect(await heard()).toEqual([['added'], []]);
});

test('members and count are those of the moment of the call', async () => {
  const { one, two, context } = await oneNode();
  void context.groups.add(one.id, 'red');
  const [members, count] = [context.groups.members('red'), context.groups.count('red')];
  void context.groups.add(two.id, 'red');
  void context.groups.remove(one.id, 'red');
  expect([await members, await count]).toEqual([[one.id], 1]);
});

test('a connection is closing when the call that aborts it returns', async () => {
  const { server, one, two, heard, context } = await oneNode();
  await context.groups.add(one.id, 'red');
  void context.clients.client(one.id).abort();
  expect(server.host.connections.get(one.id)?.lane.isOpen).toBe(false);
  expect(server.host.memberships.size).toBe(0);
  void context.clients.all.send('Heard', 'to those who stay');
  expect(await heard()).toEqual([[], ['to those who stay']]);
  expect([one.isForgotten, two.isForgotten]).toEqual([true, false]);
});

test('an error is a rejection that need not be awaited', async () => {
  const { one, routing } = await oneNode();
  const uncaught = await uncaughtDuring(async () => {
    await routing.join(one.id, 'red');
    const joined = routing.join(one.id, 'second');
    const invoked = routing.invoke({ connectionId: undefined, user: null }, 'nobody', 'Question', [], {});
    const sent = routing.send({ connectionId: undefined, user: null }, ALL, 'Heard', [1n], {});
    // Each promise has been rejected for a turn before anybody looks at it.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(joined).rejects.toThrow(HubError);
    await expect(invoked).rejects.toThrow(DisconnectedError);
    await expect(sent).rejects.toThrow('BigInt');
  });
  expect(uncaught).toEqual([]);
});

test('a message or an abort of an unknown id is a dead letter, and joining or leaving a group is nothing', async () => {
  const { server, one, heard, context, routing } = await oneNode();
  await context.clients.clients(['x', one.id, 'y']).send('Heard', 'here');
  await context.clients.client('x').abort();
  await routing.abort(toConnections(['x', 'y']), {});
  expect(await heard()).toEqual([['here'], []]);
  expect(deadLettersOf(server)).toBe(5);
  await context.groups.add('x', 'red');
  await context.groups.remove('x', 'red');
  expect([await context.groups.members('red'), await context.groups.count('red')]).toEqual([[], 0]);
  await expect(context.clients.client('x').invoke('Question', 1)).rejects.toThrow(DisconnectedError);
  await context.clients.users(['nobody']).send('Heard', 'to nobody');
  await context.clients.group('nobody').send('Heard', 'to nobody');
  await server.settle();
  expect(deadLettersOf(server)).toBe(5);
});

/** Number of messages to connections that do not exist. */
function deadLettersOf({ parts }: MemoryServer): number | undefined {
  const actor = [...parts.supervisor.refs()].find(({ id }) => id === 'dead-letters');
  const snapshot = actor?.getSnapshot() as { readonly counts: Record<string, number> } | undefined;
  return snapshot?.counts['unknown-connection'];
}
