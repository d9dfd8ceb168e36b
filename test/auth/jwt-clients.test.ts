import { describe, expect, test, vi } from 'vitest';
import { firstOf, jwt } from '../../src/auth/index.ts';
import { method, setupHub } from '../../src/index.ts';
import { clientOf, connect } from '../support/clients.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';
import { startTimedServer } from '../support/timed-server.ts';
import { by, TRANSPORTS } from '../support/transport-protocols.ts';
import { NOW, SECRET, tokenOf } from './signed-tokens.ts';

const hub = setupHub({}).createHub({
  methods: {
    WhoAmI: method([], ({ user }) => user),
    Edit: method([], { authorize: 'editor' }, () => 'edited'),
    Rule: method([], { authorize: 'admin' }, () => 'ruled'),
  },
});

/** The time of this machine, in seconds. */
const now = Math.floor(Date.now() / 1_000);
const lasting = { iat: now, exp: now + 3_600 };

describe('the official client with a JSON Web Token', () => {
  test.each(TRANSPORTS)('is its user over %s, and is verified once', async (transport) => {
    const verify = vi.spyOn(globalThis.crypto.subtle, 'verify');
    const before = verify.mock.calls.length;
    const { url } = await startServer({ '/hub': hub }, { authenticate: firstOf(jwt({ secret: SECRET })) });
    const token = await tokenOf({ ...lasting, jti: transport, roles: ['editor', 'admin'] });
    const client = await connect(url('/hub'), { ...by([transport, 'json']), accessTokenFactory: () => token });
    expect(await client.invoke('WhoAmI')).toEqual({
      id: 'ada',
      roles: ['editor'],
      credentialId: transport,
      issuedAt: now * 1_000,
      expiresAt: (now + 3_600) * 1_000,
    });
    for (let calls = 0; calls < 20; calls++) expect(await client.invoke('Edit')).toBe('edited');
    await expect(client.invoke('Rule')).rejects.toThrow('user is unauthorized');
    expect(verify.mock.calls.length - before).toBe(1);
  });

  test('is refused from the moment at which its token expires, by the clock of the server', async () => {
    const authenticate = jwt({ secret: SECRET });
    const { port, clock } = await startTimedServer({ '/hub': hub }, { authenticate });
    const headers = { Authorization: `Bearer ${await tokenOf({ exp: NOW + 60 })}` };
    const status = async () => (await ask(port, requestText('POST', '/hub/negotiate', headers))).status;
    expect(await status()).toBe(200);
    clock.increment(119_999);
    expect(await status()).toBe(200);
    clock.increment(1);
    expect(await status()).toBe(401);
  });

  test.each([
    ['that has expired', () => tokenOf({ iat: now - 3_600, exp: now - 61 })],
    ['of another secret', async () => (await tokenOf(lasting)).replace(/.{3}$/, 'AAA')],
    ['that is none', () => 'a mistyped key'],
  ])('%s is not let in, also where everybody may', async (_what, token) => {
    const log = new CollectedLog();
    const { url } = await startServer({ '/hub': hub }, { authenticate: jwt({ secret: SECRET }), logger: log });
    await connect(url('/hub'));
    const bad = await token();
    await expect(clientOf(url('/hub'), { accessTokenFactory: () => bad }).start()).rejects.toThrow('401');
    expect(JSON.stringify(log.lines)).not.toContain(bad);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('authenticate refused') }),
    );
  });
});
