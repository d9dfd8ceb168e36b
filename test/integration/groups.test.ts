import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HubError, type HubOptions, method, setupHub } from '../../src/index.ts';
import { callsTo, connect } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

interface Listener {
  Said(text: string): void;
}

function groupHub(options: HubOptions = {}) {
  const Names = z.array(z.string());
  return setupHub({ client: {} as Listener }).createHub({
    options: { maximumGroupsPerConnection: 3, ...options },
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

/**
 * Three clients and the messages that each has received. `settled` resolves when everything sent before it has arrived
 * everywhere.
 */
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

describe('the name of a group', () => {
  test('can be so long, in bytes of UTF-8, and who adds a connection is told so', async () => {
    const hub = groupHub({ maximumGroupNameBytes: 10 });
    const { url, server } = await startServer({ '/hub': hub });
    const { ada } = await threeClients(url('/hub'));
    await ada.invoke('Join', 'x'.repeat(10));
    await ada.invoke('Join', '\u{1f600}'.repeat(2));
    const refusal = (bytes: number) =>
      `A group's name can have at most 10 bytes (maximumGroupNameBytes); this one has ${bytes}.`;
    await expect(ada.invoke('Join', 'x'.repeat(11))).rejects.toThrow(`HubException: ${refusal(11)}`);
    await expect(ada.invoke('Join', '\u{1f600}'.repeat(3))).rejects.toThrow(refusal(12));
    const { groups } = server.context(hub);
    await expect(groups.add(ada.connectionId ?? '', '\u00e9'.repeat(6))).rejects.toThrow(HubError);
    // Such a group has no members, and the sender is not told so.
    await ada.invoke('ToGroup', 'x'.repeat(11), 'nobody');
    await ada.invoke('Leave', 'x'.repeat(11));
    expect(await ada.invoke('Count', 'x'.repeat(11))).toBe(0);
    expect(await groups.members('x'.repeat(11))).toEqual([]);
    const own = [...server.connections()].find(({ connectionId }) => connectionId === ada.connectionId)?.groups;
    expect(own).toEqual(['x'.repeat(10), '\u{1f600}'.repeat(2)]);
  });

  test('counts with those of all groups of the connection: 262,144 bytes together', async () => {
    const hub = groupHub({ maximumGroupNameBytes: 262_144 });
    const { url, server } = await startServer({ '/hub': hub });
    const { ada, bob } = await threeClients(url('/hub'));
    const { groups } = server.context(hub);
    const [mine, other] = [ada.connectionId ?? '', bob.connectionId ?? ''];
    const half = '\u00e9'.repeat(65_536);
    await groups.add(mine, half);
    await groups.add(mine, 'x'.repeat(131_071));
    await expect(groups.add(mine, 'no')).rejects.toThrow(
      "The names of a connection's groups can have at most 262144 bytes together: use shorter ones.",
    );
    await groups.add(mine, 'y');
    // Joining twice is no error. A name that several connections use counts for each of them, and a group that was left
    // no longer counts.
    await groups.add(mine, half);
    await groups.add(other, 'x'.repeat(131_073));
    await expect(groups.add(other, half)).rejects.toThrow(HubError);
    await groups.remove(mine, half);
    await groups.add(mine, 'no');
    expect(await groups.count(half)).toBe(0);
  });

  test.each(['\ud800 alone', 'with \u0000 and "quotes"', '\u{1f600} and \u00e9'])(
    'is kept as it is: %j',
    async (name) => {
      const hub = groupHub();
      const { url, server } = await startServer({ '/hub': hub });
      const { ada, settled } = await threeClients(url('/hub'));
      await server.context(hub).groups.add(ada.connectionId ?? '', name);
      expect(await server.context(hub).groups.count(name)).toBe(1);
      await server.context(hub).clients.group(name).send('Said', 'found');
      expect((await settled())[0]).toEqual(['found']);
    },
  );
});

describe('everybody, and everybody but some', () => {
  test('all, others, allExcept and clients reach whom they say', async () => {
    const { url } = await startServer({ '/hub': groupHub() });
    const { ada, bob, eve, settled } = await threeClients(url('/hub'));
    await ada.invoke('ToAll', 'all');
    await ada.invoke('ToOthers', 'others');
    await ada.invoke('ToAllExcept', [bob.connectionId], 'all but Bob');
    // An id that is listed twice is one receiver; an unknown id is none.
    await ada.invoke('ToClients', [eve.connectionId, eve.connectionId, 'nobody'], 'Eve');
    expect(await settled()).toEqual([
      ['all', 'all but Bob'],
      ['all', 'others'],
      ['all', 'others', 'all but Bob', 'Eve'],
    ]);
  });
});
