import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AccessGuard, type AccessRequest, accessRequest } from '../../src/http/access-guard.ts';
import { answerRequest } from '../../src/http/plain-response.ts';
import { LOCALHOST, withoutTls } from '../support/network-paths.ts';
import { property } from '../support/property.ts';
import { ask, type HeaderLines, requestText } from '../support/raw-http.ts';
import { startRouted } from '../support/routed-server.ts';

interface Facts extends Partial<Omit<AccessRequest, 'query'>> {
  readonly query?: string;
}

/** Reason of the guard's refusal; undefined: the request has access. */
function refusalReason(asked: AccessRequest, token: string | undefined): string | undefined {
  const configured = token === undefined ? {} : { token };
  return new AccessGuard({ name: 'part', verb: 'use it', kind: 'inspector-refused', ...configured }).refusal(asked)
    ?.reason;
}

/** A request of a program on this machine, with changes. */
function request({ query = '', ...facts }: Facts = {}): AccessRequest {
  return {
    remoteAddress: '127.0.0.1',
    isEncrypted: false,
    headers: { host: '127.0.0.1:5080' },
    ...facts,
    query: new URLSearchParams(query),
  };
}

describe('without a token', () => {
  test.each(['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'])(
    '%s has access',
    (remoteAddress) => {
      expect(refusalReason(request({ remoteAddress }), undefined)).toBeUndefined();
    },
  );

  test.each(['192.168.1.4', '10.0.0.1', '0.0.0.0', '128.0.0.1', '::', '::2', '::ffff:10.0.0.1', 'fe80::1', ''])(
    'nobody has access from %j',
    (remoteAddress) => {
      expect(refusalReason(request({ remoteAddress }), undefined)).toBe('foreign-peer');
    },
  );

  test.each(['localhost', 'LOCALHOST:5080', '127.0.0.1', '127.1.2.3:80', '[::1]:5080', '[::1]'])(
    'the Host %s is this machine',
    (host) => {
      expect(refusalReason(request({ headers: { host } }), undefined)).toBeUndefined();
    },
  );

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:127.0.0.1',
    'user@localhost',
    'localhost:80:80',
    '127.0.0.1, evil.example',
    '[::1].evil.example',
    '[::2]',
    '::1',
    '128.0.0.1',
    '',
  ])('the Host %j is not', (host) => {
    expect(refusalReason(request({ headers: { host } }), undefined)).toBe('foreign-host');
  });

  test('a request without a Host is refused', () => {
    expect(refusalReason(request({ headers: {} }), undefined)).toBe('foreign-host');
  });

  test.each([
    ['http://127.0.0.1:5080', false],
    ['HTTP://127.0.0.1:5080', false],
    ['https://127.0.0.1:5080', true],
  ])('a page of %s has access', (origin, isEncrypted) => {
    expect(refusalReason(request({ isEncrypted, headers: { host: '127.0.0.1:5080', origin } }), undefined)).toBe(
      undefined,
    );
  });

  test.each([
    ['http://localhost', 'localhost:80', false],
    ['http://localhost', 'localhost.', false],
    ['https://localhost', 'localhost:443', true],
    ['http://[::1]', '[::1]:80', false],
  ])('a page of %s is our own where Host is %s, over TLS: %s', (origin, host, isEncrypted) => {
    expect(refusalReason(request({ isEncrypted, headers: { host, origin } }), undefined)).toBeUndefined();
  });

  test.each([
    ['https://localhost', 'localhost:443', false],
    ['http://localhost', 'localhost:443', true],
    ['http://localhost', 'localhost:443', false],
    ['http://localhost:8080', 'localhost', false],
  ])('a page of %s is foreign where Host is %s, over TLS: %s', (origin, host, isEncrypted) => {
    expect(refusalReason(request({ isEncrypted, headers: { host, origin } }), undefined)).toBe('foreign-origin');
  });

  test.each([
    'https://evil.example',
    'http://127.0.0.1:5081',
    'http://127.0.0.1',
    'http://localhost:5080',
    'https://127.0.0.1:5080',
    'http://127.0.0.1:5080, http://evil.example',
    'http://127.0.0.1:5080@evil.example',
    'null',
    '',
  ])('a page of %j has none', (origin) => {
    expect(refusalReason(request({ headers: { host: '127.0.0.1:5080', origin } }), undefined)).toBe('foreign-origin');
  });

  test.each([
    'forwarded',
    'via',
    'x-real-ip',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded',
    'x-original-host',
    'x-client-ip',
    'true-client-ip',
    'cf-connecting-ip',
  ])('the header %s shows a proxy, even when it is empty', (name) => {
    expect(refusalReason(request({ headers: { host: 'localhost', [name]: '' } }), undefined)).toBe('forwarded');
  });

  test('a token helps nobody', () => {
    const foreign = { remoteAddress: '10.0.0.1', query: 'token=x', headers: { authorization: 'Bearer x' } };
    expect(refusalReason(request(foreign), undefined)).toBe('foreign-peer');
  });
});

describe('with a token', () => {
  const foreign = {
    remoteAddress: '10.0.0.1',
    headers: { host: 'box.example', via: 'a', origin: 'https://a.example' },
  };

  test.each([
    ['in the query', { query: 'token=s3cret' }],
    ['in the query, under another case', { query: 'TOKEN=s3cret' }],
    ['in the header', { headers: { ...foreign.headers, authorization: 'Bearer s3cret' } }],
    ['in the header, under another case', { headers: { authorization: 'bearer   s3cret' } }],
  ])('whoever has it %s has access, from anywhere', (_where, facts) => {
    expect(refusalReason(request({ ...foreign, ...facts }), 's3cret')).toBeUndefined();
  });

  test('even this machine needs it', () => {
    expect(refusalReason(request(), 's3cret')).toBe('token-missing');
    expect(refusalReason(request({ headers: { host: 'localhost', authorization: 'Basic s3cret' } }), 's3cret')).toBe(
      'token-missing',
    );
  });

  test.each(['', 's3cre', 's3cret2', 'S3CRET', ' s3cret'])('%j is another one', (token) => {
    expect(refusalReason(request({ query: `token=${encodeURIComponent(token)}` }), 's3cret')).toBe('token-wrong');
  });
});

/** Each of these alone is a reason to refuse; their values are random. */
const foreignAddress = fc.oneof(fc.ipV4(), fc.ipV6()).filter((it) => !/^127\.|^[0:]*:0*1$|7f|127\./i.test(it));
const foreignHost = fc
  .oneof(fc.domain(), fc.webAuthority(), fc.string())
  .filter((it) => !/localhost|127|::1/i.test(it));
const foreignOrigin = fc.oneof(fc.webUrl(), fc.string(), fc.constant('null'));
const forwarding = fc.constantFrom('forwarded', 'via', 'x-real-ip', 'x-forwarded-for', 'x-forwarded-port');
const token = fc.string({ minLength: 1 });

property(
  'no request with anything foreign about it has access without a configured token',
  [
    fc.record(
      { address: foreignAddress, host: foreignHost, origin: foreignOrigin, header: forwarding, more: fc.string() },
      { requiredKeys: ['more'] },
    ),
    fc.record({ token, authorization: fc.string(), isEncrypted: fc.boolean() }),
  ],
  {
    runs: 1_000,
    sometimes: ['something is foreign', 'nothing is foreign'],
    examples: [[{ more: '' }, { token: 't', authorization: '', isEncrypted: false }]],
  },
  ({ address, host, origin, header, more }, given, reached) => {
    const isForeign = [address, host, origin, header].some((fact) => fact !== undefined);
    reached(isForeign ? 'something is foreign' : 'nothing is foreign');
    const asked = request({
      remoteAddress: address ?? '127.0.0.1',
      isEncrypted: given.isEncrypted,
      query: `token=${encodeURIComponent(given.token)}`,
      headers: {
        host: host ?? 'localhost:5080',
        authorization: given.authorization,
        'user-agent': more,
        ...(origin === undefined ? {} : { origin }),
        ...(header === undefined ? {} : { [header]: more }),
      },
    });
    expect(refusalReason(asked, undefined) !== undefined).toBe(isForeign);
  },
);

property(
  'with a configured token exactly that token gives access',
  [token, token, fc.boolean()],
  { runs: 500, sometimes: ['the same token', 'another token'] },
  (configured, other, isSame, reached) => {
    const given = isSame ? configured : other;
    reached(given === configured ? 'the same token' : 'another token');
    const reason = refusalReason(request({ query: `token=${encodeURIComponent(given)}` }), configured);
    expect(reason).toBe(given === configured ? undefined : 'token-wrong');
  },
);

describe('a guarded route', () => {
  const TOKEN = 'sixteen-or-more-characters';

  /** A server with one path for this machine, and one for those who know the token. */
  async function start() {
    const guarded = { name: 'part', verb: 'use it', kind: 'inspector-refused' } as const;
    const routeBehind = (guard: AccessGuard) => ({
      request: (request: IncomingMessage, response: ServerResponse) =>
        answerRequest(response, guard.refusal(accessRequest(request)) ?? { status: 200 }),
    });
    const { port } = await startRouted(() => ({
      '/local': routeBehind(new AccessGuard(guarded)),
      '/anywhere': routeBehind(new AccessGuard({ ...guarded, token: TOKEN })),
    }));
    return (path: string, headers: HeaderLines = {}) => ask(port, requestText('GET', path, headers));
  }

  test.each<[string, HeaderLines, number, string]>([
    ['a program', {}, 200, ''],
    ['a page of the server', { Host: 'localhost:5080', Origin: 'http://localhost:5080' }, 200, ''],
    ['a page of another scheme', { Host: 'localhost:443', Origin: 'https://localhost' }, 403, 'of another origin'],
    ['a page of another origin', { Origin: 'https://evil.example' }, 403, 'of another origin'],
    ['a proxy', { Via: '1.1 proxy' }, 403, 'a proxy has forwarded it'],
  ])('for this machine, asked by %s', async (_who, headers, status, why) => {
    const answer = await (await start())('/local', headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(why);
    expect(answer.body).toMatch(status === 200 ? /^$/ : /^Refused, since .* server may use it\.$/);
  });

  test.each<[string, string, HeaderLines, number, string]>([
    ['its token in the query', `?token=${TOKEN}`, {}, 200, ''],
    ['its token in the header', '', { Authorization: `Bearer ${TOKEN}` }, 200, ''],
    ['another one', '?token=guess', {}, 401, 'This is not the token of the part.'],
    ['none', '', {}, 401, 'The part needs its token: ?token=TOKEN, or Authorization: Bearer TOKEN.'],
  ])('with a token, asked with %s', async (_what, query, headers, status, body) => {
    const answer = await (await start())(`/anywhere${query}`, headers);
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : undefined);
  });
});

test('a page that was loaded over TLS has access to its own server, and one of the other scheme has none', async () => {
  const guard = new AccessGuard({ name: 'part', verb: 'use it', kind: 'inspector-refused' });
  const https = createHttpsServer(LOCALHOST, (request, response) =>
    answerRequest(response, guard.refusal(accessRequest(request)) ?? { status: 200 }),
  );
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    https.close();
    https.closeAllConnections();
  });
  const port = await withoutTls((https.address() as AddressInfo).port);
  const statusOf = async (origin: string) => (await ask(port, requestText('GET', '/', { Origin: origin }))).status;
  expect(await statusOf('https://localhost')).toBe(200);
  expect(await statusOf('http://localhost')).toBe(403);
});
