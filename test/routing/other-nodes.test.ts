// Two nodes with the same hub: their routers are connected by an implementation of the port that answers at once.
import { describe, expect, test } from 'vitest';
import { DisconnectedError, HubError } from '../../src/errors.ts';
import type { Moderator } from '../../src/hub/moderator.ts';
import { defer } from '../../src/promises.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import type { MemoryServerOptions, Peer } from '../support/memory-server.ts';
import { uncaughtDuring } from '../support/uncaught.ts';
import { settleBoth, twoNodes } from './two-nodes.ts';

/** Two clients here, and two there, of which the second speaks MessagePack. */
async function started(options: MemoryServerOptions = {}, moderate: readonly Moderator[] = []) {
  const nodes = twoNodes(options, moderate);
  const { here, there } = nodes;
  const ann = await here.server.connect({ id: 'ann', user: { id: 'u', roles: [] } });
  const bob = await here.server.connect({ id: 'bob' });
  const cat = await there.server.connect({ id: 'cat', user: { id: 'u', roles: [] } });
  const dan = there.server.open({ id: 'dan' });
  dan.client.protocol = clientProtocol('messagepack');
  dan.client.handshake();
  await settleBoth(nodes);
  const settle = () => settleBoth(nodes);
  /** What each client has heard since the last time. */
  const heard = async () => {
    await settle();
    return [ann, bob, cat, dan].map(({ client }) => {
      const texts = client.calls('Heard').flat();
      client.records.length = 0;
      return texts.join(' ');
    });
  };
  return { here, there, ann, bob, cat, dan, heard, settle, ...here.context };
}

describe('a message', () => {
  test('to all, others, groups, users and ids reaches connections of both nodes', async () => {
    const { clients, groups, heard } = await started();
    await Promise.all(['bob', 'dan'].map((id) => groups.add(id, 'red')));
    await clients.all.send('Heard', 'all');
    await clients.allExcept(['ann', 'cat']).send('Heard', 'except');
    await clients.group('red').send('Heard', 'red');
    await clients.groupExcept('red', ['dan']).send('Heard', 'one');
    await clients.user('u').send('Heard', 'user');
    await clients.clients(['ann', 'dan']).send('Heard', 'ids');
    await clients.client('cat').send('Heard', 'id');
    expect(await heard()).toEqual(['all user ids', 'all except red one', 'all user id', 'all except red ids']);
  });

  test('to ids is for other nodes only as far as this node does not have them', async () => {
    const { here, clients, heard } = await started();
    await clients.client('ann').send('Heard', 'one');
    await clients.clients(['ann', 'bob']).send('Heard', 'two');
    expect(here.other.asked).toEqual([]);
    await clients.clients(['ann', 'cat', 'x', 'bob']).send('Heard', 'three');
    expect(here.other.asked).toEqual([['deliver', { to: 'connections', ids: ['cat', 'x'] }]]);
    expect(await heard()).toEqual(['one two three', 'two three', 'three', '']);
  });

  test('is in the lanes of this node when other nodes get it, and is not sent back', async () => {
    const { here, there, ann, clients, heard } = await started();
    const waiting: number[] = [];
    here.other.beforeDelivery = () => void waiting.push(ann.connection.session?.lane.lag.messages ?? -1);
    void clients.all.send('Heard', 1);
    void clients.all.send('Heard', 2);
    expect(waiting).toEqual([1, 2]);
    expect(there.other.asked).toEqual([]);
    expect(await heard()).toEqual(['1 2', '1 2', '1 2', '1 2']);
  });

  test('that a moderator holds or refuses is for no other node meanwhile', async () => {
    const gate = defer<undefined>();
    const moderator: Moderator = ({ args: [text] }) => {
      if (text === 'bad') return new HubError('no');
      return text === 'held' ? gate.promise : undefined;
    };
    const { here, clients, heard } = await started({}, [moderator]);
    await expect(clients.client('cat').send('Heard', 'bad')).rejects.toThrow('no');
    void clients.client('cat').send('Heard', 'held');
    void clients.client('cat').send('Heard', 'behind');
    expect(await heard()).toEqual(['', '', '', '']);
    expect(here.other.asked).toEqual([]);
    gate.resolve(undefined);
    expect(await heard()).toEqual(['', '', 'held behind', '']);
  });
});

describe('a connection of another node', () => {
  test('is added to groups and removed within the call', async () => {
    const { clients, groups, heard } = await started();
    void groups.add('cat', 'red');
    void clients.group('red').send('Heard', 'in');
    void groups.remove('cat', 'red');
    void clients.group('red').send('Heard', 'out');
    expect(await heard()).toEqual(['', '', 'in', '']);
  });

  test('is a member that is listed and counted', async () => {
    const { here, there, groups } = await started();
    for (const id of ['ann', 'cat', 'dan']) await groups.add(id, 'red');
    for (const { context } of [here, there]) {
      expect((await context.groups.members('red')).toSorted()).toEqual(['ann', 'cat', 'dan']);
      expect(await context.groups.count('red')).toBe(3);
    }
    await groups.remove('cat', 'red');
    expect([await groups.members('red'), await groups.count('red')]).toEqual([['ann', 'dan'], 2]);
  });

  test('is ended by its id, and by its user', async () => {
    const { ann, bob, cat, dan, clients, settle } = await started();
    const ended = () => [ann, bob, cat, dan].filter(({ client }: Peer) => client.isEnded).map(({ id }) => id);
    await clients.client('dan').abort();
    await settle();
    expect(ended()).toEqual(['dan']);
    await clients.user('u').abort();
    await settle();
    expect(ended()).toEqual(['ann', 'cat', 'dan']);
  });

  test('is not asked for when this node has the connection', async () => {
    const { here, ann, clients, groups, settle } = await started();
    await groups.add('ann', 'red');
    await groups.remove('ann', 'red');
    const answer = clients.client('ann').invoke('Question', 1);
    await settle();
    ann.client.complete(ann.client.requestedResults[0]?.invocationId ?? 'none', { result: 2 });
    expect(await answer).toBe(2);
    await clients.client('ann').abort();
    expect(here.other.asked).toEqual([]);
  });
});

describe('an invocation of a client of another node', () => {
  test('resolves with the result, in the order of its sender, in each protocol', async () => {
    const { cat, dan, clients, settle } = await started();
    for (const peer of [cat, dan]) {
      const client = clients.client(peer.id);
      void client.send('Heard', 'before');
      const answer = client.invoke('Question', 'what');
      void client.send('Heard', 'behind');
      await settle();
      expect(peer.client.records.slice(-3).map(({ target }) => target)).toEqual(['Heard', 'Question', 'Heard']);
      peer.client.complete(peer.client.requestedResults[0]?.invocationId ?? 'none', { result: ['it'] });
      expect(await answer).toEqual(['it']);
    }
  });

  test('rejects when no node has the connection, it ends, its time is over, or a moderator refuses', async () => {
    const moderator: Moderator = ({ args: [text] }) => (text === 'bad' ? new HubError('not that') : undefined);
    const { there, cat, clients, settle } = await started({}, [moderator]);
    const client = clients.client('cat');
    await expect(clients.client('x').invoke('Question', 1)).rejects.toThrow(DisconnectedError);
    await expect(client.invoke('Question', 'bad')).rejects.toThrow('not that');
    const late = client.with({ timeoutMs: 200 }).invoke('Question', 1);
    await there.server.pass(500);
    await expect(late).rejects.toThrow(HubError);
    const lost = client.invoke('Question', 2);
    await settle();
    expect(cat.client.requestedResults.map((record) => record.arguments)).toEqual([[1], [2]]);
    cat.client.cut();
    await settle();
    await expect(lost).rejects.toThrow(DisconnectedError);
  });

  test('waits behind a held message of its sender', async () => {
    const gate = defer<undefined>();
    const moderator: Moderator = ({ args: [text] }) => (text === 'held' ? gate.promise : undefined);
    const { cat, dan, clients, settle } = await started({}, [moderator]);
    void clients.clients(['cat', 'dan']).send('Heard', 'held');
    const answers = ['cat', 'dan'].map((id) => clients.client(id).invoke('Question', id));
    await settle();
    for (const { client } of [cat, dan]) expect(client.requestedResults).toEqual([]);
    gate.resolve(undefined);
    await settle();
    for (const { id, client } of [cat, dan]) {
      expect(client.records.slice(-2).map((record) => record.arguments)).toEqual([['held'], [id]]);
      client.complete(client.requestedResults[0]?.invocationId ?? 'none', { result: `from ${id}` });
    }
    expect(await Promise.all(answers)).toEqual(['from cat', 'from dan']);
  });
});

test('an invocation of a client that leaves this node while it is held is begun on no other node', async () => {
  const gate = defer<undefined>();
  const { here, ann, clients, settle } = await started({}, [() => gate.promise]);
  const answer = clients.client('ann').invoke('Question', 1);
  ann.client.cut();
  await settle();
  await expect(answer).rejects.toThrow(DisconnectedError);
  gate.resolve(undefined);
  await settle();
  expect(here.other.asked).toEqual([['deliver', { to: 'connections', ids: ['ann'] }]]);
});

describe('what other nodes answer', () => {
  const asks = (context: Awaited<ReturnType<typeof started>>['here']['context']): Promise<unknown>[] => [
    context.groups.add('cat', 'red'),
    context.groups.remove('cat', 'red'),
    context.groups.members('red'),
    context.groups.count('red'),
    context.clients.client('cat').abort(),
  ];

  test('is awaited', async () => {
    const { here } = await started();
    const gate = defer();
    here.other.answers = gate.promise;
    let settled = 0;
    const asked = asks(here.context).map((answer) => answer.finally(() => (settled += 1)));
    await here.server.settle();
    expect(settled).toBe(0);
    gate.resolve();
    expect(await Promise.all(asked)).toEqual([undefined, undefined, [], 0, undefined]);
  });

  test('may be an error, which nobody needs to await', async () => {
    const { here } = await started({ hubOptions: { maximumGroupsPerConnection: 1 } });
    const { router } = here.server.host;
    await router.join('cat', 'red');
    await expect(router.join('cat', 'second')).rejects.toThrow(HubError);
    here.other.answers = Promise.reject(new Error('out of reach'));
    const target = { to: 'connections', ids: ['cat'] } as const;
    const uncaught = await uncaughtDuring(async () => {
      const asked: Promise<unknown>[] = [
        router.join('cat', 'red'),
        router.leave('cat', 'red'),
        router.members('red'),
        router.count('red'),
        router.abort(target, {}),
      ];
      // Each promise has been rejected for a turn before anybody looks at it.
      await here.server.settle();
      for (const answer of asked) await expect(answer).rejects.toThrow('out of reach');
    });
    expect(uncaught).toEqual([]);
  });
});
