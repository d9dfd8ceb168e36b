import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { jwt } from '../../src/auth/index.ts';
import { attached, bytesOf, NOW, P256, part, pemOf, RSA, SECRET, type Signed, tokenOf } from './signed-tokens.ts';

const HOUR = 3_600;
/** In place of a signature. */
const UNSIGNED = part('not signed at all');

describe('a JSON Web Token', () => {
  test('is good for its user, until it expires', async () => {
    const { userOf } = attached();
    expect(await userOf(await tokenOf())).toEqual({
      id: 'ada',
      roles: [],
      issuedAt: NOW * 1_000,
      expiresAt: (NOW + HOUR) * 1_000,
    });
  });

  test('without a server has the time of this machine', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const authenticate = jwt({ secret: SECRET });
    const request = async (exp: number) => {
      const authorization = `Bearer ${await tokenOf({ exp, iat: undefined })}`;
      return authenticate(
        { headers: { authorization }, query: new URLSearchParams(), url: '/', remoteAddress: '' },
        {} as never,
      );
    };
    expect(await request(now + HOUR)).toMatchObject({ id: 'ada' });
    await expect(request(now - HOUR)).rejects.toThrow('expired');
  });

  test('of another kind is nobody known, so it is refused', async () => {
    const { refusal, ask } = attached();
    expect(ask(undefined)).toBeNull();
    for (const token of ['', 'x', 'a.b', 'a.b.c', 'a.b.c.d.e', `${part([1])}.e30.`, `${part({ typ: 'JWT' })}.e30.x`]) {
      expect(await refusal(token)).toBe('Nobody knows this credential.');
    }
  });
});

describe('a JSON Web Token is refused when', () => {
  const bad: [what: string, token: () => Promise<string> | string, reason: RegExp][] = [
    ['its signature is of another secret', () => tokenOf({}, { key: bytesOf(`${SECRET}!`) }), /signature/],
    ['its signature is missing', async () => (await tokenOf()).replace(/[^.]+$/, ''), /signature/],
    ['it is not signed', () => `${part({ alg: 'none' })}.${part({ sub: 'ada', exp: NOW + HOUR })}.`, /algorithm/],
    ['it says NONE', () => `${part({ alg: 'NONE' })}.${part({ sub: 'ada', exp: NOW + HOUR })}.`, /algorithm/],
    [
      'its alg is no text',
      () => `${part({ alg: ['HS256'] })}.${part({ sub: 'ada', exp: NOW + HOUR })}.${UNSIGNED}`,
      /algorithm/,
    ],
    ['its algorithm is none of the issuer', () => tokenOf({}, { header: { alg: 'HS384' } }), /algorithm/],
    ['it never expires', () => tokenOf({ exp: undefined }), /no exp/],
    ['it has expired', () => tokenOf({ exp: NOW - 60 }), /expired/],
    ['its exp is no number', () => tokenOf({ exp: `${NOW + HOUR}` }), /exp of the token is no time/],
    [
      'its exp is beyond all times',
      () => `${part({ alg: 'HS256' })}.${part(`{"sub":"ada","exp":1e306}`)}.${UNSIGNED}`,
      /no time/,
    ],
    ['it is not good yet', () => tokenOf({ nbf: NOW + 61 }), /not good yet/],
    ['it was issued in the future', () => tokenOf({ iat: NOW + 61 }), /not good yet/],
    ['its iat is no number', () => tokenOf({ iat: null }), /iat of the token is no time/],
    ['it has no subject', () => tokenOf({ sub: undefined }), /names no user/],
    ['its subject is empty', () => tokenOf({ sub: '' }), /names no user/],
    ['its subject is a number', () => tokenOf({ sub: 5 }), /names no user/],
    ['its id is no text', () => tokenOf({ jti: 5 }), /jti/],
    ['its roles are no texts', () => tokenOf({ roles: ['a', 1] }), /roles/],
    ['its roles are an object', () => tokenOf({ roles: { admin: true } }), /roles/],
    ['its claims are a list', () => `${part({ alg: 'HS256' })}.${part([])}.${UNSIGNED}`, /no JSON object/],
    ['it has critical extensions', () => `${part({ alg: 'HS256', crit: ['b64'], b64: true })}.e30.${UNSIGNED}`, /crit/],
    ['it has more than 8,192 bytes', () => tokenOf({ much: 'x'.repeat(8_192) }), /8,192 bytes/],
  ];
  test.each(bad)('%s', async (_what, token, reason) => {
    const { refusal } = attached();
    expect(await refusal(await token())).toMatch(reason);
  });

  test('it is written in another way than base64url has to be', async () => {
    // 43 characters of 6 bits hold 32 bytes and 2 bits that no byte needs.
    const token = await tokenOf();
    const spelling = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const other = token.slice(0, -1) + spelling[spelling.indexOf(token.at(-1) as string) + 1];
    expect(Buffer.from(other.split('.')[2] as string, 'base64url')).toEqual(
      Buffer.from(token.split('.')[2] as string, 'base64url'),
    );
    expect(await attached().refusal(other)).toMatch(/base64url/);
  });

  test.each([
    ['iss', { issuer: 'https://login.example' }, { iss: 'https://evil.example' }, /issuer of the token is unknown/],
    ['iss', { issuer: 'https://login.example' }, {}, /issuer of the token is unknown/],
    ['iss', { issuer: ['https://a', 'https://b'] }, { iss: ['https://a'] }, /issuer of the token is unknown/],
    ['aud', { audience: 'chat' }, { aud: 'other' }, /claim aud of the token is wrong/],
    ['aud', { audience: ['chat', 'talk'] }, {}, /claim aud of the token is missing/],
    ['aud', { audience: 'chat' }, { aud: ['a', 'chatter'] }, /claim aud/],
  ] as const)('its %s is not that of %j: %j', async (_claim, options, claims, reason) => {
    expect(await attached({ secret: SECRET, ...options }).refusal(await tokenOf(claims))).toMatch(reason);
  });

  test('of a log nobody learns what stood in it', async () => {
    const claims = { sub: 'canary-subject', iss: 'canary-issuer', aud: 'canary-audience', jti: 'canary-id' };
    const options = { secret: SECRET, issuer: 'a', audience: 'b' };
    const tokens = [
      tokenOf(claims),
      tokenOf({ ...claims, iss: 'a' }),
      tokenOf({ ...claims, iss: 'a', aud: 'b', roles: { canary: 1 } }),
      tokenOf({ iss: 'a', exp: 'canary' }),
      tokenOf({ iss: 'a', aud: 'b' }, { header: { alg: 'HS512', kid: 'canary', jku: 'https://canary' } }),
      tokenOf({ iss: 'a' }, { key: bytesOf('canary'.repeat(8)) }),
    ];
    const { refusal } = attached(options);
    for (const token of await Promise.all(tokens)) {
      const reason = await refusal(token);
      expect(reason).not.toContain('canary');
      for (const piece of token.split('.')) expect(reason).not.toContain(piece.slice(0, 12));
    }
  });
});

test('exp and nbf have a tolerance of a minute, or another one, to the millisecond', async () => {
  for (const [options, tolerance] of [
    [{}, 60_000],
    [{ clockToleranceMs: 0 }, 0],
    [{ clockToleranceMs: 1_500 }, 1_500],
  ] as const) {
    const token = await tokenOf({ nbf: NOW + 100, exp: NOW + 200 });
    const at = (ms: number) => {
      const made = attached({ secret: SECRET, ...options });
      made.clock.increment(ms);
      return made;
    };
    expect(await at(100_000 - tolerance - 1).refusal(token)).toMatch(/not good yet/);
    expect(await at(100_000 - tolerance).userOf(token)).toMatchObject({ expiresAt: (NOW + 200) * 1_000 });
    expect(await at(200_000 + tolerance - 1).userOf(token)).toMatchObject({ expiresAt: (NOW + 200) * 1_000 });
    expect(await at(200_000 + tolerance).refusal(token)).toMatch(/expired/);
  }
});

describe('a public key', () => {
  const kinds = (
    [
      ['RS256', RSA],
      ['ES256', P256],
      ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
      ['ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
      ['EdDSA', generateKeyPairSync('ed25519')],
    ] as const
  ).map(([alg, { publicKey, privateKey }]) => [alg, pemOf(publicKey), privateKey] as const);

  test.each(kinds)('of %s verifies its tokens', async (alg, publicKey, key) => {
    const { userOf, refusal } = attached({ publicKey });
    const signed: Signed = { key, header: { alg } };
    expect(await userOf(await tokenOf({}, signed))).toMatchObject({ id: 'ada' });
    const [head, , signature] = (await tokenOf({}, signed)).split('.');
    expect(await refusal(`${head}.${part({ sub: 'root', exp: NOW + HOUR })}.${signature}`)).toMatch(/signature/);
  });

  test.each(kinds)('of %s is no secret: whoever has it makes no tokens', async (_alg, publicKey) => {
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      for (const key of [bytesOf(publicKey), bytesOf(publicKey.trim())]) {
        expect(await attached({ publicKey }).refusal(await tokenOf({}, { key, header: { alg } }))).toMatch(/algorithm/);
      }
    }
  });

  test('is used for its default algorithm only, or for the named ones', async () => {
    const publicKey = pemOf(RSA.publicKey);
    const token = await tokenOf({}, { key: RSA.privateKey, header: { alg: 'PS256' } });
    expect(await attached({ publicKey }).refusal(token)).toMatch(/algorithm/);
    expect(await attached({ publicKey, algorithms: ['PS256', 'RS512'] }).userOf(token)).toMatchObject({ id: 'ada' });
  });

  test('that a token names itself is not looked at', async () => {
    const jwk = P256.publicKey.export({ format: 'jwk' });
    const header = { alg: 'ES256', jwk, x5c: ['x'], jku: 'http://127.0.0.1:9/keys', x5u: 'http://127.0.0.1:9/x' };
    const token = await tokenOf({}, { key: P256.privateKey, header });
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(await attached({ publicKey: pemOf(publicKey) }).refusal(token)).toMatch(/signature/);
  });
});

describe('claims', () => {
  const userOf = async (options: Parameters<typeof attached>[0], claims: Record<string, unknown>) =>
    attached(options).userOf(await tokenOf(claims));
  const options = { secret: SECRET };

  test.each([
    [{ roles: ['a', 'b'] }, {}, ['a', 'b']],
    [{ roles: ' a  b ' }, {}, ['a', 'b']],
    [{ roles: '' }, {}, []],
    [{ roles: null }, {}, []],
    [{ roles: ['admin', 'a', 'master-key', 'virtual-key'] }, {}, ['a']],
    [{ roles: 'admin a master-key virtual-key' }, { trustRoles: ['admin'] }, ['admin', 'a']],
    [{ scope: 'read write' }, { roles: 'scope' }, ['read', 'write']],
    [{ realm_access: { roles: ['a'] } }, { roles: 'realm_access.roles' }, ['a']],
    [{ 'https://app.example/roles': ['a'] }, { roles: 'https://app.example/roles' }, ['a']],
    [{}, { roles: 'constructor.name' }, []],
    [{ roles: ['a'] }, { roles: '__proto__.x' }, []],
    [{ groups: ['a', 'admin'] }, { roles: (claims: { groups?: string[] }) => claims.groups ?? [] }, ['a']],
  ])('%j with %j give the roles %j', async (claims, more, roles) => {
    expect((await userOf({ ...options, ...more } as never, claims))?.roles).toEqual(roles);
  });

  test('have the id of the user in sub, or at another place', async () => {
    expect(await userOf({ ...options, userId: 'email' }, { email: 'a@b' })).toMatchObject({ id: 'a@b' });
    expect(await userOf({ ...options, userId: 'user.id' }, { user: { id: 'u' } })).toMatchObject({ id: 'u' });
    expect(await userOf({ ...options, userId: ({ sub }) => `x:${sub}` }, {})).toMatchObject({ id: 'x:ada' });
    for (const userId of ['user.id.more', 'toString', 'constructor.name', () => '', () => 5 as never]) {
      expect(await attached({ ...options, userId }).refusal(await tokenOf({ user: { id: 'u' } }))).toMatch(
        /names no user/,
      );
    }
  });

  test('of the token itself are the id and the times of the credential', async () => {
    const user = await userOf(options, { jti: 'token-1', iat: NOW - 10, exp: NOW + 10.5 });
    expect(user).toMatchObject({
      credentialId: 'token-1',
      issuedAt: (NOW - 10) * 1_000,
      expiresAt: (NOW + 10.5) * 1_000,
    });
    expect(await userOf(options, { iat: undefined })).toEqual({
      id: 'ada',
      roles: [],
      expiresAt: (NOW + HOUR) * 1_000,
      // Older than any revocation of its user.
      issuedAt: 0,
    });
  });

  test('are kept only when they are named, and nobody can change them', async () => {
    const claims = { tenant: { id: 't', tags: ['a'] }, secret: 's' };
    expect(await userOf(options, claims)).not.toHaveProperty('claims');
    const user: unknown = await userOf({ ...options, keepClaims: ['tenant', 'absent'] }, claims);
    expect(user).toMatchObject({ claims: { tenant: { id: 't', tags: ['a'] } } });
    expect(user).not.toHaveProperty('claims.absent');
    expect(user).not.toHaveProperty('claims.secret');
    expect(() => (user as { roles: string[] }).roles.push('admin')).toThrow(TypeError);
    expect(() => (user as { claims: typeof claims }).claims.tenant.tags.push('b')).toThrow(TypeError);
  });

  test('that are kept may be nested, but not without an end', async () => {
    const nested = (levels: number) => {
      const claims = `{"sub":"ada","exp":${NOW + HOUR},"deep":${'['.repeat(levels)}${']'.repeat(levels)}}`;
      const text = `${part({ alg: 'HS256' })}.${part(claims)}`;
      return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
    };
    const keeping = attached({ ...options, keepClaims: ['deep'] });
    expect(await keeping.userOf(nested(62))).toHaveProperty('claims.deep.0.0');
    expect(await keeping.refusal(nested(63))).toMatch(/nested too deeply/);
    expect(await keeping.refusal(nested(3_000))).toMatch(/nested too deeply/);
    expect(await attached().userOf(nested(3_000))).toMatchObject({ id: 'ada' });
  });

  test('that a function throws about are its own affair', async () => {
    const fault = new RangeError('a mistake');
    const { userOf: ask } = attached({
      ...options,
      userId: () => {
        throw fault;
      },
    });
    await expect(ask(await tokenOf())).rejects.toBe(fault);
  });
});

describe('of several issuers', () => {
  const two = [
    { issuer: 'https://a.example', secret: SECRET },
    { issuer: ['https://b.example', 'https://c.example'], publicKey: pemOf(P256.publicKey), audience: 'chat' },
  ] as const;
  const other = { secret: 'another secret, of 32 bytes or more as well' };
  const signed: Signed = { key: P256.privateKey, header: { alg: 'ES256' } };

  test('the one that the token names decides, with its own keys, algorithms and audience', async () => {
    const { userOf, refusal } = attached(two);
    expect(await userOf(await tokenOf({ iss: 'https://a.example' }))).toMatchObject({ id: 'ada' });
    expect(await userOf(await tokenOf({ iss: 'https://c.example', aud: 'chat' }, signed))).toMatchObject({ id: 'ada' });
    expect(await refusal(await tokenOf({ iss: 'https://c.example' }, signed))).toMatch(/aud/);
    expect(await refusal(await tokenOf({ iss: 'https://b.example', aud: 'chat' }))).toMatch(/algorithm/);
    expect(await refusal(await tokenOf({ iss: 'https://a.example', aud: 'chat' }, signed))).toMatch(/algorithm/);
    expect(await refusal(await tokenOf({ iss: 'https://d.example' }))).toMatch(/issuer/);
    expect(await refusal(await tokenOf())).toMatch(/issuer/);
  });

  test('one without a name is for all others', async () => {
    const { userOf, refusal } = attached([...two, other]);
    const key = bytesOf(other.secret);
    expect(await userOf(await tokenOf({ iss: 'https://d.example' }, { key }))).toMatchObject({ id: 'ada' });
    expect(await userOf(await tokenOf({}, { key }))).toMatchObject({ id: 'ada' });
    expect(await refusal(await tokenOf({ iss: 'https://a.example' }, { key }))).toMatch(/signature/);
  });
});
