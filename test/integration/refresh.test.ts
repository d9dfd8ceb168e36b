// Clients that show a new credential while they are connected, over real sockets and on a simulated clock.
import { describe, expect, test } from 'vitest';
import { type Authenticator, type CloseReason, type HubOptions, method, setupHub, type User } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { Hold } from '../support/hold.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { arrived, HttpCall, RawRequests, recordsOf } from '../support/raw-polling.ts';
import { startTimedServer } from '../support/timed-server.ts';

/** A credential: the user's id, a role, and its lifetime in seconds, such as `ann:reader:60`. */
const shows = (credential: string, more: Record<string, string> = {}) => ({ 'X-Credential': credential, ...more });

async function start(options: HubOptions = {}) {
  const refreshed = new Inbox<User | null>();
  const ends = new Inbox<CloseReason>();
  const hold = new Hold();
  let fault: unknown;
  const hub = setupHub({}).createHub({
    options: { enableAuthenticationRefresh: true, closeOnAuthenticationExpiration: true, ...options },
    methods: {
      Roles: method([], (hub) => hub.user?.roles),
      Wait: method([], async (hub) => {
        hold.begun.put('call');
        await hold.released;
        return hub.user?.roles;
      }),
      Write: method([], { authorize: 'writer' }, () => 'written'),
    },
    onAuthenticationRefreshed: (hub) => {
      refreshed.put(hub.user);
      if (fault !== undefined) throw fault;
    },
    onDisconnected: (_hub, reason) => ends.put(reason),
  });
  const authenticate: Authenticator = async ({ headers }) => {
    const [id = '', role = '', seconds = ''] = headers['x-credential']?.split(':') ?? [];
    if (headers['x-slow'] !== undefined) {
      hold.begun.put('request');
      await hold.released;
    }
    if (id === '') return null;
    const expiresAt = seconds === '' ? {} : { expiresAt: timed.clock.wallNow() + Number(seconds) * 1_000 };
    return { id, roles: [role], credentialId: `${id}:${role}:${seconds}`, ...expiresAt };
  };
  const timed = await startTimedServer({ '/hub': hub }, { authenticate });
  const refresh = async (token: string, headers: Record<string, string>, method = 'POST') => {
    const { status, body } = await ask(timed.port, requestText(method, `/hub/refresh?id=${token}`, headers));
    return { status, body: body === '' ? '' : JSON.parse(body) };
  };
  const open = async (credential: string) => {
    const { connectionToken } = await negotiate(timed.port, '/hub', shows(credential));
    const client = await openRaw(timed.port, { path: `/hub?id=${connectionToken}`, headers: shows(credential) });
    return { client, token: connectionToken };
  };
  return {
    ...timed,
    refreshed,
    ends,
    hold,
    refresh,
    open,
    fail: (error: unknown) => {
      fault = error;
    },
  };
}

describe('a refresh', () => {
  test('is how a connection outlives its credential, with what the new one says', async () => {
    const { pass, open, refresh, refreshed, ends } = await start();
    const { client, token } = await open('ann:reader:60');
    expect(await client.invoke('Write')).toMatchObject({ error: expect.stringContaining('unauthorized') });
    pass(50_000);
    expect(await refresh(token, shows('ann:writer:120'))).toEqual({ status: 200, body: { tokenLifetimeSeconds: 120 } });
    expect(await refreshed.until(1)).toMatchObject([{ id: 'ann', roles: ['writer'] }]);
    pass(100_000);
    expect(await client.invoke('Write')).toMatchObject({ result: 'written' });
    pass(20_100);
    expect(await client.ended).toEqual({ code: 1000 });
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });

  test('leaves a running call with the user who began it', async () => {
    const { open, refresh, hold } = await start({ maximumParallelInvocationsPerClient: 2 });
    const { client, token } = await open('ann:reader:60');
    const waiting = client.invoke('Wait');
    await hold.begun.until(1);
    await refresh(token, shows('ann:writer:60'));
    expect(await client.invoke('Roles')).toMatchObject({ result: ['writer'] });
    hold.release();
    expect(await waiting).toMatchObject({ result: ['reader'] });
  });

  test('may shorten the time, or end it', async () => {
    const { pass, open, refresh } = await start();
    const { client, token } = await open('ann:reader:600');
    expect(await refresh(token, shows('ann:reader:30'))).toMatchObject({ body: { tokenLifetimeSeconds: 30 } });
    pass(29_000);
    expect(await client.invoke('Roles')).toMatchObject({ result: ['reader'] });
    expect(await refresh(token, shows('ann:reader:'))).toEqual({ status: 200, body: {} });
    pass(600_000);
    expect(await client.invoke('Roles')).toMatchObject({ result: ['reader'] });
  });

  test('of another user is refused, and the connection stays as it was', async () => {
    const { pass, open, refresh, refreshed } = await start();
    const { client, token } = await open('ann:reader:60');
    expect(await refresh(token, shows('bob:writer:600'))).toEqual({
      status: 403,
      body: { error: 'permission_change_rejected' },
    });
    expect(await client.invoke('Roles')).toMatchObject({ result: ['reader'] });
    expect(refreshed.all).toEqual([]);
    pass(60_100);
    expect(await client.ended).toEqual({ code: 1000 });
  });

  test.each([
    ['without a token', '', 'ann:reader:60', 400, 'missing_connection_token'],
    ['with an unknown token', 'nobody', 'ann:reader:60', 404, 'connection_not_found'],
    ['of nobody', 'nobody', '', 401, 'invalid_token'],
  ])('%s is refused', async (_what, token, credential, status, error) => {
    const { refresh } = await start();
    expect(await refresh(token, shows(credential))).toEqual({ status, body: { error } });
  });

  test('is refused for a connection that has not opened, whose id is no secret, and that has ended', async () => {
    const { port, open, refresh, server } = await start();
    const { connectionToken } = await negotiate(port, '/hub', shows('ann:reader:60'));
    const notFound = { status: 404, body: { error: 'connection_not_found' } };
    expect(await refresh(connectionToken, shows('ann:reader:60'))).toEqual(notFound);

    const old = await ask(port, requestText('POST', '/hub/negotiate', shows('ann:reader:60')));
    const { connectionId } = JSON.parse(old.body);
    await openRaw(port, { path: `/hub?id=${connectionId}`, headers: shows('ann:reader:60') });
    expect(await refresh(connectionId, shows('ann:reader:60'))).toEqual({
      status: 400,
      body: { error: 'unsupported_negotiate_version' },
    });

    const { client, token } = await open('ann:reader:60');
    client.reset();
    await eventually(() => server.supervisor.size === 1);
    expect(await refresh(token, shows('ann:reader:60'))).toEqual(notFound);
  });

  test('is a POST, and there only where the hub lets clients', async () => {
    const { refresh } = await start();
    expect(await refresh('x', shows('ann:reader:60'), 'GET')).toEqual({ status: 405, body: '' });
    const without = await start({ enableAuthenticationRefresh: false });
    const answer = await ask(without.port, requestText('POST', '/hub/refresh?id=x', shows('ann:reader:60')));
    expect(answer).toMatchObject({ status: 404, body: '' });
  });

  test('whose hub throws is an error, and stands', async () => {
    const { open, refresh, fail } = await start();
    const { client, token } = await open('ann:reader:60');
    fail(new Error('no'));
    expect(await refresh(token, shows('ann:writer:60'))).toEqual({
      status: 500,
      body: { error: 'internal_server_error' },
    });
    expect(await client.invoke('Roles')).toMatchObject({ result: ['writer'] });
  });

  test('that is overtaken by a later one changes nothing', async () => {
    const { port, open, refresh, hold, refreshed } = await start();
    const { client, token } = await open('ann:reader:60');
    const slow = new HttpCall(port, `/hub/refresh?id=${token}`, {
      method: 'POST',
      headers: shows('ann:old:3600', { 'X-Slow': 'yes' }),
    });
    await hold.begun.until(1);
    await refresh(token, shows('ann:new:120'));
    hold.release();
    expect(await slow.answer).toMatchObject({ status: 200, body: '{"tokenLifetimeSeconds":120}' });
    expect(await client.invoke('Roles')).toMatchObject({ result: ['new'] });
    expect(refreshed.all).toHaveLength(1);
  });

  test('before the handshake counts for the session', async () => {
    const { port, refresh, refreshed } = await start();
    const { connectionToken } = await negotiate(port, '/hub', shows('ann:reader:60'));
    const path = `/hub?id=${connectionToken}`;
    const client = await openRaw(port, { path, headers: shows('ann:reader:60'), handshake: false });
    expect((await refresh(connectionToken, shows('ann:writer:60'))).status).toBe(200);
    client.send({ protocol: 'json', version: 1 });
    expect(await client.invoke('Roles')).toMatchObject({ result: ['writer'] });
    expect(refreshed.all).toEqual([]);
  });
});

describe('the same rule', () => {
  test('goes for polls: a new credential counts, the same one changes nothing', async () => {
    const { port, refreshed } = await start();
    const client = await RawRequests.poll(port, '/hub', shows('ann:reader:'));
    const asks = async (credential: string) => {
      const poll = client.get({ headers: shows(credential) });
      await arrived(port);
      await client.post({ type: 1, invocationId: '1', target: 'Roles', arguments: [] }).answer;
      return recordsOf(await poll.answer);
    };
    expect(await asks('ann:reader:')).toMatchObject([{ result: ['reader'] }]);
    expect(refreshed.all).toEqual([]);
    expect(await asks('ann:writer:60')).toMatchObject([{ result: ['writer'] }]);
    expect(refreshed.all).toHaveLength(1);
  });

  test('goes for a client that comes back', async () => {
    const { port, refreshed } = await start({ allowStatefulReconnects: true });
    const { connectionToken } = await negotiate(port, '/hub', shows('ann:reader:60'), 'useStatefulReconnect=true');
    const path = `/hub?id=${connectionToken}`;
    const first = await openRaw(port, { path, headers: shows('ann:reader:60'), handshake: false });
    first.send({ protocol: 'json', version: 2 });
    await first.records.until(1);
    const second = await openRaw(port, { path, headers: shows('ann:writer:60'), handshake: false });
    await second.records.first(({ type }) => type === 9);
    second.send({ type: 9, sequenceId: 1 });
    expect(await second.invoke('Roles')).toMatchObject({ result: ['writer'] });
    expect(refreshed.all).toHaveLength(1);
  });

  test('does not go where the hub lets nobody refresh: calls keep the user', async () => {
    const { port, refreshed } = await start({ enableAuthenticationRefresh: false });
    const client = await RawRequests.poll(port, '/hub', shows('ann:reader:'));
    const poll = client.get({ headers: shows('ann:writer:60') });
    await arrived(port);
    await client.post({ type: 1, invocationId: '1', target: 'Roles', arguments: [] }).answer;
    expect(recordsOf(await poll.answer)).toMatchObject([{ result: ['reader'] }]);
    expect(refreshed.all).toEqual([]);
  });
});

describe('a lifetime', () => {
  const lifetimeIn = async (port: number, credential: string) =>
    ((await negotiate(port, '/hub', shows(credential))) as { tokenLifetimeSeconds?: number }).tokenLifetimeSeconds;

  test('is in the answer to a negotiation where it can be refreshed', async () => {
    const [on, off] = [await start(), await start({ enableAuthenticationRefresh: false })];
    expect(await lifetimeIn(on.port, 'ann:reader:60')).toBe(60);
    expect(await lifetimeIn(on.port, 'ann:reader:')).toBeUndefined();
    expect(await lifetimeIn(on.port, '')).toBeUndefined();
    expect(await lifetimeIn(off.port, 'ann:reader:60')).toBeUndefined();
  });

  test('has a limit, also for a credential that does not expire, and anew with each refresh', async () => {
    const { port, pass, open, refresh, ends } = await start({ maximumAuthenticationExpirationMs: 30_000 });
    expect(await lifetimeIn(port, 'ann:reader:')).toBe(30);
    expect(await lifetimeIn(port, 'ann:reader:10')).toBe(10);
    const { client, token } = await open('ann:reader:3600');
    pass(29_000);
    expect(await refresh(token, shows('ann:reader:'))).toMatchObject({ body: { tokenLifetimeSeconds: 30 } });
    // The same credential once more is no refresh.
    pass(10_000);
    expect(await refresh(token, shows('ann:reader:'))).toMatchObject({ body: { tokenLifetimeSeconds: 20 } });
    pass(20_100);
    expect(await client.ended).toEqual({ code: 1000 });
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });
});
