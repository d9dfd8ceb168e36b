// The authentication of the standalone server, by its settings.
import type { IncomingMessage } from 'node:http';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { newMasterKey } from '../../src/auth/index.ts';
import { StoredKeys } from '../../src/auth/keys.ts';
import { Settings } from '../../src/cli/settings.ts';
import { standaloneAuth } from '../../src/cli/standalone-auth.ts';
import { systemClock } from '../../src/clock.ts';
import { UnauthorizedError } from '../../src/errors.ts';
import type { HttpRequestInfo } from '../../src/http/request-texts.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { authServices } from '../support/auth-services.ts';

const SECRET = 'a secret for tests, of 32 bytes or more';
const auth = (settings: object) => standaloneAuth(Settings.parse(settings));
const withJwt = { 'auth.jwt.secret': SECRET };
const ELSEWHERE = ['0.0.0.0', '::', '[::]', '192.0.2.1'];
const HERE = ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost'];

async function verdict(settings: object, token?: string, storage?: MemoryStorage) {
  const { authenticate } = await auth(settings);
  if (authenticate === undefined) return 'anonymous';
  const detach = authenticate.attach?.(authServices({ keys: storage?.keys }));
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request: HttpRequestInfo = { headers, query: new URLSearchParams(), url: '/', remoteAddress: '127.0.0.1' };
  try {
    return (await authenticate(request, {} as IncomingMessage))?.id ?? 'anonymous';
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    return 401;
  } finally {
    detach?.();
  }
}

const token = await new SignJWT({})
  .setProtectedHeader({ alg: 'HS256' })
  .setSubject('ann')
  .setExpirationTime('1h')
  .sign(new TextEncoder().encode(SECRET));

describe('without a credential', () => {
  test.each(HERE)('everybody may connect to a server on %s', async (host) => {
    expect(await verdict({ host })).toBe('anonymous');
    expect(await verdict({ host, ...withJwt })).toBe('anonymous');
  });

  test.each(ELSEWHERE)('nobody may connect to a server on %s', async (host) => {
    expect(await verdict({ host, ...withJwt })).toBe(401);
  });

  test('everybody, or nobody, may connect wherever it is, if that is said', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      expect(await verdict({ host, 'auth.anonymous': 'always' })).toBe('anonymous');
      expect(await verdict({ host, 'auth.anonymous': 'always', ...withJwt })).toBe('anonymous');
      expect(await verdict({ host, 'auth.anonymous': 'never', ...withJwt })).toBe(401);
    }
  });
});

test('a token is known, and a wrong one is refused, wherever the server is', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    expect(await verdict({ host, ...withJwt }, token)).toBe('ann');
    expect(await verdict({ host, ...withJwt }, `${token}x`)).toBe(401);
    expect(await verdict({ host, ...withJwt }, 'nonsense')).toBe(401);
  }
});

test('a token that is revoked is remembered until its end, wherever the server is', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const { authenticate } = await auth({ host, ...withJwt });
    // The tolerance for clocks is a minute.
    expect(authenticate?.endOf?.('a', 1_000)).toBe(61_000);
  }
});

describe('the server does not start', () => {
  test.each(ELSEWHERE)('on %s when nobody could authenticate, and nobody has said that everybody may', async (host) => {
    await expect(auth({ host })).rejects.toThrow(
      `host is ${host}, where other machines can connect, and nobody could authenticate: set auth.keys (API keys) or ` +
        'auth.jwt (JSON Web Tokens), or let everybody in with auth.anonymous: always.',
    );
  });

  test('when nobody could ever connect', async () => {
    await expect(auth({ 'auth.anonymous': 'never' })).rejects.toThrow('auth.anonymous is never, and nobody could');
  });

  test.each([
    ['a weak secret', { 'auth.jwt.secret': 'x'.repeat(31) }, /^auth\.jwt\.secret has 31 bytes, /],
    ['two sources of keys', { ...withJwt, 'auth.jwt.jwksUrl': 'https://a.example' }, /secret|jwksUrl/],
    ['no source of keys', { 'auth.jwt.issuer': ['a'] }, /auth\.jwt has no key .* auth\.jwt\.secret, /],
    ['another algorithm than its key has', { ...withJwt, 'auth.jwt.algorithms': ['RS256'] }, /algorithms/],
    ['an address that is none', { 'auth.jwt.jwksUrl': 'nowhere' }, /jwksUrl/],
  ])('with %s', async (_what, settings, says) => {
    await expect(auth(settings)).rejects.toThrow(says);
    await expect(auth({ ...settings, host: '0.0.0.0' })).rejects.toThrow(says);
  });
});

describe('keys', () => {
  const master = newMasterKey();
  const store = new MemoryStorage();

  test('a master key of the configuration is known, and lets in no key of the storage', async () => {
    await store.open(ALONE);
    const { secret } = await new StoredKeys(store.keys, systemClock).create({ kind: 'virtual', name: 'app' });
    const elsewhere = { host: '0.0.0.0' };
    expect(await verdict({ ...elsewhere, masterKey: master }, master, store)).toBe('master');
    expect(await verdict({ ...elsewhere, masterKey: master }, secret, store)).toBe(401);
    expect(await verdict({ ...elsewhere, 'auth.keys': true }, master, store)).toBe(401);
    expect(await verdict({ ...elsewhere, 'auth.keys': true }, secret, store)).toMatch(/^\w{8}$/);
    expect(await verdict({ ...elsewhere, 'auth.keys': true, ...withJwt }, token, store)).toBe('ann');
  });

  test('a master key that is none is refused without its text', async () => {
    const refusal = await auth({ masterKey: 'sb_mk_canary' }).catch(String);
    expect(refusal).toMatch(/^OptionsError: masterKey/);
    expect(refusal).not.toContain('canary');
  });
});

test.each([
  [{}, 'everybody'],
  [{ host: '0.0.0.0', 'auth.keys': true, ...withJwt }, 'only with a JSON Web Token or an API key'],
  [withJwt, 'everybody; known with a JSON Web Token'],
  [{ ...withJwt, 'auth.anonymous': 'never' }, 'only with a JSON Web Token'],
  [{ host: '0.0.0.0', 'auth.anonymous': 'always' }, 'everybody'],
])('%j: %s', async (settings, summary) => {
  expect((await auth(settings)).summary).toBe(summary);
});
