import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Authenticator, method, setupHub } from '../../src/index.ts';
import { callsTo, closed, connect } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

/** The token is the name of the user. `accessTokenFactory` puts it where browsers have to: in the URL. */
const authenticate: Authenticator = ({ headers, query }) => {
  const token = headers.authorization?.replace('Bearer ', '') ?? query.get('access_token');
  return token === null ? null : { id: token, roles: token === 'root' ? ['admin'] : [] };
};

function userHub(reasons: Inbox<string> = new Inbox()) {
  return setupHub({ client: {} as { Said(text: string): void } }).createHub({
    methods: {
      WhoAmI: method([], (hub) => hub.user),
      ToUser: method([z.string(), z.string()], (hub, user, text) => hub.clients.user(user).send('Said', text)),
      ToUsers: method([z.array(z.string()), z.string()], (hub, users, text) =>
        hub.clients.users(users).send('Said', text),
      ),
      Shutdown: method([], { authorize: 'admin' }, () => 'as you wish'),
      Expel: method([z.string()], (hub, user) => hub.clients.user(user).abort({ reason: 'expelled' })),
    },
    onDisconnected: (_hub, reason) => reasons.put(`${reason.name}: ${reason.text}`),
  });
}

const as = (user: string) => ({ accessTokenFactory: () => user });

describe('users', () => {
  test('a client is who authenticate says, or nobody in particular', async () => {
    const { url } = await startServer({ '/hub': userHub() }, { authenticate });
    const [ada, nobody] = [await connect(url('/hub'), as('ada')), await connect(url('/hub'))];
    expect(await ada.invoke('WhoAmI')).toEqual({ id: 'ada', roles: [] });
    expect(await nobody.invoke('WhoAmI')).toBeNull();
  });

  test('a message to a user reaches all connections of that user, and no other user', async () => {
    const { url } = await startServer({ '/hub': userHub() }, { authenticate });
    const clients = await Promise.all(['ada', 'ada', 'bob', 'eve'].map((user) => connect(url('/hub'), as(user))));
    const heard = clients.map((client) => callsTo<[string]>(client, 'Said'));
    await clients[3]?.invoke('ToUser', 'ada', 'one');
    await clients[3]?.invoke('ToUsers', ['ada', 'bob', 'ada', 'nobody'], 'two');
    await clients[3]?.invoke('ToUsers', ['ada', 'bob', 'eve'], 'end');
    await Promise.all(heard.map((inbox) => inbox.first(([text]) => text === 'end')));
    expect(heard.map((inbox) => inbox.all.flat())).toEqual([
      ['one', 'two', 'end'],
      ['one', 'two', 'end'],
      ['two', 'end'],
      ['end'],
    ]);
  });

  test('a role opens a method to those who have it', async () => {
    const { url } = await startServer({ '/hub': userHub() }, { authenticate });
    const [root, ada] = [await connect(url('/hub'), as('root')), await connect(url('/hub'), as('ada'))];
    expect(await root.invoke('Shutdown')).toBe('as you wish');
    await expect(ada.invoke('Shutdown')).rejects.toThrow("Failed to invoke 'Shutdown' because user is unauthorized");
  });

  test('a user can be disconnected with all of their connections', async () => {
    const reasons = new Inbox<string>();
    const { url, server } = await startServer({ '/hub': userHub(reasons) }, { authenticate });
    const [one, two, bob] = await Promise.all(['ada', 'ada', 'bob'].map((user) => connect(url('/hub'), as(user))));
    if (one === undefined || two === undefined || bob === undefined) throw new Error('three clients');
    const gone = [closed(one), closed(two)];
    await bob.invoke('Expel', 'ada');
    expect(await Promise.all(gone)).toEqual([undefined, undefined]);
    expect(reasons.all).toEqual(['aborted: expelled', 'aborted: expelled']);
    // The other users are unaffected, and the user is forgotten as soon as all of the user's sockets are closed.
    expect(await bob.invoke('WhoAmI')).toEqual({ id: 'bob', roles: [] });
    await eventually(() => server.supervisor.size === 1);
    expect([...server.connections()].map(({ user }) => user?.id)).toEqual(['bob']);
  });

  test('authenticate may take its time', async () => {
    const slowly: Authenticator = async (request, raw) => {
      await new Promise((resolve) => setImmediate(resolve));
      return authenticate(request, raw);
    };
    const { url } = await startServer({ '/hub': userHub() }, { authenticate: slowly });
    const ada = await connect(url('/hub'), as('ada'));
    expect(await ada.invoke('WhoAmI')).toMatchObject({ id: 'ada' });
  });
});
