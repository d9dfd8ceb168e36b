import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { callsTo, closed, connect } from '../support/clients.ts';
import { Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

function newsHub(reasons: Inbox<string> = new Inbox()) {
  return setupHub({ client: {} as { News(text: string): void } }).createHub({
    methods: {
      Join: method([z.string()], (hub, group) => hub.groups.add(hub.connectionId, group)),
      Ping: method([], () => 'pong'),
    },
    onDisconnected: (_hub, reason) => reasons.put(`${reason.name}: ${reason.text}`),
  });
}

describe('a hub from outside its methods', () => {
  test('sends to all, to a group, to one, to a user, in order', async () => {
    const news = newsHub();
    const authenticate = () => ({ id: 'ada', roles: [] });
    const { url, server } = await startServer({ '/hub': news }, { authenticate });
    const client = await connect(url('/hub'));
    const heard = callsTo<[string]>(client, 'News');
    await client.invoke('Join', 'sports');
    const { clients } = server.context(news);
    await clients.all.send('News', 'all');
    await clients.group('sports').send('News', 'group');
    await clients.group('politics').send('News', 'nobody');
    await clients.client(client.connectionId as string).send('News', 'one');
    await clients.client('unknown').send('News', 'nobody');
    await clients.user('ada').send('News', 'user');
    await clients.allExcept([client.connectionId as string]).send('News', 'nobody');
    await clients.all.send('News', 'end');
    expect((await heard.until(5)).flat()).toEqual(['all', 'group', 'one', 'user', 'end']);
  });

  test('manages groups: adds, removes, lists and counts', async () => {
    const news = newsHub();
    const { url, server } = await startServer({ '/hub': news });
    const client = await connect(url('/hub'));
    const id = client.connectionId as string;
    const { groups } = server.context(news);
    await groups.add(id, 'sports');
    await groups.add('unknown', 'sports');
    expect(await groups.members('sports')).toEqual([id]);
    expect(await groups.count('sports')).toBe(1);
    await groups.remove(id, 'sports');
    expect(await groups.members('sports')).toEqual([]);
  });

  test('a message that cannot be written rejects, and closes nobody', async () => {
    const news = newsHub();
    const { url, server } = await startServer({ '/hub': news });
    const client = await connect(url('/hub'));
    const heard = callsTo<[string]>(client, 'News');
    const { all } = server.context(news).clients;
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    // Plain JavaScript callers can pass anything.
    for (const value of [cycle, 1n, Number.NaN, () => {}, Symbol('s')]) {
      await expect(all.send('News', value as string)).rejects.toThrow(/cannot be written|holds itself/);
    }
    await all.send('News', 'fine');
    expect(await heard.until(1)).toEqual([['fine']]);
  });

  test('what is changed after send does not change the message', async () => {
    const news = newsHub();
    const { url, server } = await startServer({ '/hub': news });
    const client = await connect(url('/hub'));
    const heard = callsTo<[unknown]>(client, 'News');
    const message = { text: 'before' };
    const sent = server.context(news).clients.all.send('News', message as unknown as string);
    message.text = 'after';
    await sent;
    expect(await heard.until(1)).toEqual([[{ text: 'before' }]]);
  });
});

describe('server.connections()', () => {
  test('tells of each connection its hub, user, request, groups, lag and since when it is there', async () => {
    const before = Date.now();
    const authenticate = () => ({ id: 'ada', roles: ['reader'] });
    const { url, server } = await startServer({ '/hub': newsHub() }, { authenticate });
    const client = await connect(url('/hub?room=1'), { headers: { 'X-Test': 'yes' } });
    await client.invoke('Join', 'sports');
    await client.invoke('Join', 'weather');
    const [connection, ...others] = [...server.connections()];
    expect(others).toEqual([]);
    expect(connection).toMatchObject({
      connectionId: client.connectionId,
      hub: '/hub',
      user: { id: 'ada', roles: ['reader'] },
      request: { transport: 'WebSockets', protocol: 'json', remoteAddress: '127.0.0.1' },
      groups: ['sports', 'weather'],
      // The answers to its calls have been written by now: nothing waits.
      lag: { messages: 0, bytes: 0, oldestMs: 0 },
    });
    expect(connection?.request.headers['x-test']).toBe('yes');
    expect(connection?.request.query.get('room')).toBe('1');
    expect(connection?.connectedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(connection?.connectedAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('can end each of them', async () => {
    const reasons = new Inbox<string>();
    const { url, server } = await startServer({ '/hub': newsHub(reasons) });
    const [one, two] = await Promise.all([connect(url('/hub')), connect(url('/hub'))]);
    const gone = closed(one);
    for (const connection of server.connections()) {
      if (connection.connectionId === one.connectionId) connection.abort({ reason: 'an operator said so' });
    }
    expect(await gone).toBeUndefined();
    expect(reasons.all).toEqual(['aborted: an operator said so']);
    expect(await two.invoke('Ping')).toBe('pong');
  });
});
