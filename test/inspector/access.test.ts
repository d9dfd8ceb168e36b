import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AttachRequest, refusalReason } from '../../src/inspector/access.ts';
import { property } from '../support/property.ts';

interface Facts extends Partial<Omit<AttachRequest, 'query'>> {
  readonly query?: string;
}

/** A request of a program on this machine, with changes. */
function request({ query = '', ...facts }: Facts = {}): AttachRequest {
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
    '%s may attach',
    (remoteAddress) => {
      expect(refusalReason(request({ remoteAddress }), undefined)).toBeUndefined();
    },
  );

  test.each(['192.168.1.4', '10.0.0.1', '0.0.0.0', '128.0.0.1', '::', '::2', '::ffff:10.0.0.1', 'fe80::1', ''])(
    'nobody may from %j',
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
  ])('a page of %s may attach', (origin, isEncrypted) => {
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
  ])('a page of %j may not', (origin) => {
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
  ])('whoever has it %s may attach, from anywhere', (_where, facts) => {
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
  'no request with anything foreign about it attaches without a configured token',
  [
    fc.record(
      { address: foreignAddress, host: foreignHost, origin: foreignOrigin, header: forwarding, more: fc.string() },
      { requiredKeys: ['more'] },
    ),
    fc.record({ token, authorization: fc.string(), isEncrypted: fc.boolean() }),
  ],
  1_000,
  ({ address, host, origin, header, more }, given) => {
    const isForeign = [address, host, origin, header].some((fact) => fact !== undefined);
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
  'with a configured token exactly that token attaches',
  [token, token, fc.boolean()],
  500,
  (configured, other, isSame) => {
    const given = isSame ? configured : other;
    const reason = refusalReason(request({ query: `token=${encodeURIComponent(given)}` }), configured);
    expect(reason).toBe(given === configured ? undefined : 'token-wrong');
  },
);
