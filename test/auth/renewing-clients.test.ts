// The official client with credentials that change, end, are refused or revoked while it lives.
import type { HubConnection } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { apiKeys, firstOf, jwt, newMasterKey } from '../../src/auth/index.ts';
import { method, setupHub } from '../../src/index.ts';
import { type ClientOptions, closed, connect, PATIENT, withoutNegotiation } from '../support/clients.ts';
import { startServer } from '../support/test-server.ts';
import { startTimedServer } from '../support/timed-server.ts';
import { by, TRANSPORTS } from '../support/transport-protocols.ts';
import { KeyServer, keySet, providerKey, says } from './key-server.ts';
import { NOW, P256, pemOf, RSA, SECRET, type Signed, tokenOf } from './signed-tokens.ts';

const hub = setupHub({}).createHub({
  authorize: 'authenticated',
  options: { closeOnAuthenticationExpiration: true },
  methods: { Me: method([], ({ user }) => [user?.id, user?.credentialId]) },
});
const forAdmins = setupHub({}).createHub({ authorize: 'admin', methods: {} });

/** The time of this machine, in seconds. */
const now = Math.floor(Date.now() / 1_000);
let serial = 0;
/** Another token with each call, also for the same user. */
const fresh = (signed: Signed = {}, more: object = {}) =>
  tokenOf({ iat: now, exp: now + 3_600, jti: `${++serial}`, ...more }, signed);

async function start() {
  const [first, second] = [providerKey('1'), providerKey('2')];
  const provider = await KeyServer.start(says(keySet(first)));
  const masterKey = newMasterKey();
  const issuers = [
    { issuer: 'secret', secret: SECRET },
    { issuer: 'rsa', publicKey: pemOf(RSA.publicKey) },
    { issuer: 'p256', publicKey: pemOf(P256.publicKey) },
    { issuer: 'provider', jwksUrl: provider.url },
  ];
  const authenticate = firstOf(jwt(issuers), apiKeys({ masterKey }));
  const { url, server } = await startServer(
    { '/hub': hub, '/admins': forAdmins },
    { authenticate, storage: 'memory:' },
  );
  const virtual = await server.keys.create({ kind: 'virtual', name: 'app', userId: 'ada' });
  const times = { iat: now, exp: now + 3_600, iss: 'provider' };
  const rotate = () => {
    provider.answer = says(keySet(second));
  };
  const tokens: Readonly<Record<string, () => Promise<string>>> = {
    'a secret': () => fresh({}, { iss: 'secret' }),
    'an RSA key': () => fresh({ key: RSA.privateKey, header: { alg: 'RS256' } }, { iss: 'rsa' }),
    'a P-256 key': () => fresh({ key: P256.privateKey, header: { alg: 'ES256' } }, { iss: 'p256' }),
    'a key set': () => first.sign({ ...times, jti: `${++serial}` }),
    'a key set that was changed': () => {
      rotate();
      return second.sign({ ...times, jti: `${++serial}` });
    },
    'a virtual key': async () => virtual.secret,
    'a master key': async () => masterKey,
  };
  return { url, server, virtual, masterKey, tokens };
}

/** How clients connect: each transport, and WebSockets without negotiation. */
const WAYS: readonly (readonly [string, ClientOptions])[] = [
  ...TRANSPORTS.map((transport) => [transport, by([transport, 'json'])] as const),
  ['WebSockets without negotiation', withoutNegotiation],
];

/** Connects with a factory that takes its time, as one that asks another server. */
function connected(url: string, options: ClientOptions, next: () => Promise<string>): Promise<HubConnection> {
  const accessTokenFactory = async () => {
    await new Promise((later) => setImmediate(later));
    return next();
  };
  return connect(url, { ...options, accessTokenFactory });
}

const me = async (client: HubConnection) => ((await client.invoke('Me')) as unknown[])[0];

describe.each(WAYS)('over %s the official client', (_way, options) => {
  test('is let in with keys, and with tokens of every kind, another one for each request', async () => {
    const { url, tokens } = await start();
    for (const [kind, next] of Object.entries(tokens)) {
      const client = await connected(url('/hub'), options, next);
      expect(await me(client), kind).toBe(kind === 'a master key' ? 'master' : 'ada');
      await client.stop();
    }
  });

  test('hears of 401 and 403, as far as its transport tells it', async () => {
    const { url, virtual, tokens } = await start();
    // The library ws does not tell the client which status an upgrade was answered with.
    const says = (status: number) => ('skipNegotiation' in options ? /WebSocket failed to connect/ : `${status}`);
    const expired = () => fresh({}, { iss: 'secret', exp: now - 61 });
    for (const wrong of [expired, () => fresh({}, { iss: 'nobody' }), async () => newMasterKey(), async () => ''])
      await expect(connected(url('/hub'), options, wrong)).rejects.toThrow(says(401));
    for (const low of [async () => virtual.secret, tokens['a secret'] as () => Promise<string>])
      await expect(connected(url('/admins'), options, low)).rejects.toThrow(says(403));
  });

  test('closes with an error when its credential is revoked, although it would reconnect', async () => {
    const { url, server, virtual, tokens } = await start();
    const revocable = { ...options, ...PATIENT };
    const byKey = await connected(url('/hub'), revocable, async () => virtual.secret);
    const token = await fresh({}, { iss: 'secret', jti: 'revoked' });
    const byToken = await connected(url('/hub'), revocable, async () => token);
    const other = await connected(url('/hub'), revocable, tokens['a secret'] as () => Promise<string>);
    const reconnecting: unknown[] = [];
    const ends = [byKey, byToken].map((client) => {
      client.onreconnecting((error) => reconnecting.push(error));
      return closed(client);
    });
    await server.keys.revoke(virtual.key.id);
    await server.revoke('revoked');
    for (const end of ends) expect(String(await end)).toContain('Connection closed with an error.');
    expect(reconnecting).toEqual([]);
    expect(await me(other)).toBe('ada');
  });

  test('comes back with the next token of its factory when the one before has expired', async () => {
    const { url, pass } = await startTimedServer({ '/hub': hub }, { authenticate: jwt({ secret: SECRET }) });
    let jti = 'first';
    const next = () => tokenOf({ jti, exp: NOW + (jti === 'first' ? 5 : 3_600) });
    const client = await connected(url('/hub'), { ...options, ...PATIENT }, next);
    expect(await client.invoke('Me')).toEqual(['ada', 'first']);
    const errors: unknown[] = [];
    client.onreconnecting((error) => errors.push(error));
    const reconnected = new Promise((resolve) => client.onreconnected(resolve));
    jti = 'second';
    pass(5_100);
    await reconnected;
    expect(await client.invoke('Me')).toEqual(['ada', 'second']);
    expect(errors).toHaveLength(1);
  });
});
