import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { callsTo, connect } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

interface Listener {
  Said(text: string): void;
}

function groupHub() {
  const Names = z.array(z.string());
  return setupHub({ client: {} as Listener }).createHub({
    options: { maximumGroupsPerConnection: 3 },
    methods: {
      Join: method([z.string()], (hub, group) => hub.groups.add(hub.connectionId, group)),
      Leave: method([z.string()], (hub, group) => hub.groups.remove(hub.connectionId, group)),
      Members: method([z.string()], (hub, group) => hub.groups.members(group)),
      Count: method([z.string()], (hub, group) => hub.groups.count(group)),
      ToGroup: method([z.string(), z.string()], (hub, group, text) => hub.clients.group(group).send('Said', text)),
      ToGroups: method([Names, z.string()], (hub, groups, text) => hub.clients.groups(groups).send('Said', text)),
      ToGroupExcept: method([z.string(), Names, z.string()], (hub, group, ids, text) =>
        hub.clients.groupExcept(group, ids).send('Said', text),
      ),
      ToOthersInGroup: method([z.string(), z.string()], (hub, group, text) =>
        hub.clients.othersInGroup(group).send('Said', text),
      ),
      ToAll: method([z.string()], (hub, text) => hub.clients.all.send('Said', text)),
      ToOthers: method([z.string()], (hub, text) => hub.clients.others.send('Said', text)),
      ToAllExcept: method([Names, z.string()], (hub, ids, text) => hub.clients.allExcept(ids).send('Said', text)),
      ToClients: method([Names, z.string()], (hub, ids, text) => hub.clients.clients(ids).send('Said', text)),
    },
  });
}

/** Three clients and what each has heard; `settled` resolves when everything sent before it has arrived everywhere. */
async function threeClients(url: string) {
  const clients = [await connect(url), await connect(url), await connect(url)] as const;
  const heard = clients.map((client) => callsTo<[string]>(client, 'Said'));
  const [ada, bob, eve] = clients;
  const settled = async (): Promise<readonly (readonly string[])[]> => {
    await ada.invoke('ToAll', 'end');
    await Promise.all(heard.map((inbox) => inbox.first(([text]) => text === 'end')));
    return heard.map((inbox) => inbox.all.flat().slice(0, -1));
  };
  return { ada, bob, eve, settled };
}

describe('groups', () => {
  test('a message reaches its members and nobody else', async () => {
    const { url } = await startServer({ '/hub': groupHub() });
    const { ada, bob, eve, settled } = await threeClients(url('/hub'));
    await ada.invoke('Join', 'red');
    await bob.invoke('Join', 'red');
    await eve.invoke('ToGroup', 'red', 'from outside');
    await ada.invoke('ToOthersInGroup', 'red', 'to the others');
    await ada.invoke('ToGroupExcept', 'red', [bob.connectionId], 'all but Bob');
    // Names are case-sensitive, and a group without members is no error.
    await ada.invoke('ToGroup', 'RED', 'nobody');
    expect(await settled()).toEqual([['from outside', 'all but Bob'], ['from outside', 'to the others'], []]);
  });

  test('a member of two groups gets a message to both twice, as in ASP.NET Core SignalR', async () => {
    const { url } = await startServer({ '/hub': groupHub() });
    const { ada, bob, settled } = await threeClients(url('/hub'));
    await ada.invoke('Join', 'red');
    await ada.invoke('Join', 'blue');
    await bob.invoke('Join', 'blue');
    await bob.invoke('ToGroups', ['red', 'blue'], 'both');
    expect(await settled()).toEqual([['both', 'both'], ['both'], []]);
  });

  test('joining twice is joining once, and leaving ends it', async () => {
    const { url } = await startServer({ '/hub': groupHub() });
    const { ada, bob, settled } = await threeClients(url('/hub'));
    await ada.invoke('Join', 'red');
    await ada.invoke('Join', 'red');
    await bob.invoke('ToGroup', 'red', 'once');
    await ada.invoke('Leave', 'red');
    await ada.invoke('Leave', 'red');
    await bob.invoke('ToGroup', 'red', 'never');
    expect(await settled()).toEqual([['once'], [], []]);
  });

  test('can be listed and counted, and forget a client that goes', async () => {
    const { url, server } = await startServer({ '/hub': groupHub() });
    const { ada, bob } = await threeClients(url('/hub'));
    await ada.invoke('Join', 'red');
    await bob.invoke('Join', 'red');
    expect(new Set(await ada.invoke('Members', 'red'))).toEqual(new Set([ada.connectionId, bob.connectionId]));
    expect(await ada.invoke('Count', 'red')).toBe(2);
    expect(await ada.invoke('Members', 'blue')).toEqual([]);
    expect(await ada.invoke('Count', 'blue')).toBe(0);

    await bob.stop();
    await eventually(() => server.supervisor.size === 2);
    expect(await ada.invoke('Members', 'red')).toEqual([ada.connectionId]);
    expect(await ada.invoke('Count', 'red')).toBe(1);
  });

  test('a connection can be in so many, and is told so', async () => {
    const { url } = await startServer({ '/hub': groupHub() });
    const { ada } = await threeClients(url('/hub'));
    for (const group of ['1', '2', '3']) await ada.invoke('Join', group);
    await expect(ada.invoke('Join', '4')).rejects.toThrow(
      'HubException: A connection can be in at most 3 groups (maximumGroupsPerConnection).',
    );
    await ada.invoke('Leave', '1');
    await ada.invoke('Join', '4');
    expect(await ada.invoke('Count', '4')).toBe(1);
  });
});

describe('everybody, and everybody but some', () => {
  test('all, others, allExcept and clients reach whom they say', async () => {
    const { url } = await startServer({ '/hub': groupHub() });
    const { ada, bob, eve, settled } = await threeClients(url('/hub'));
    await ada.invoke('ToAll', 'all');
    await ada.invoke('ToOthers', 'others');
    await ada.invoke('ToAllExcept', [bob.connectionId], 'all but Bob');
    // Somebody who is named twice is one receiver; somebody who is not there is none.
    await ada.invoke('ToClients', [eve.connectionId, eve.connectionId, 'nobody'], 'Eve');
    expect(await settled()).toEqual([
      ['all', 'all but Bob'],
      ['all', 'others'],
      ['all', 'others', 'all but Bob', 'Eve'],
    ]);
  });
});
