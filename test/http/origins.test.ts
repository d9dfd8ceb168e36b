import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AllowedOrigins, isOriginSetting, isOwnOrigin, type Origins } from '../../src/http/origins.ts';
import { property } from '../support/property.ts';

describe('an origin that is listed', () => {
  test.each([
    ['https://app.example', 'https://app.example'],
    ['https://app.example/', 'https://app.example'],
    ['HTTPS://App.Example', 'https://app.example'],
    ['https://app.example:443', 'https://app.example'],
    ['http://app.example:80/', 'http://app.example'],
    ['https://app.example:0443', 'https://app.example'],
    ['https://app.example.', 'https://app.example'],
    ['https://app.example', 'https://app.example.'],
    ['https://app.example:8443', 'https://app.example:8443'],
    ['https://app.example.:8443/', 'https://app.example:8443'],
    ['http://app.example:443', 'http://app.example:443'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
    ['http://[0:0::1]:3000', 'http://[::1]:3000'],
    ['http://127.1:3000', 'http://127.0.0.1:3000'],
    ['http://my_host', 'http://my_host'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['chrome-extension://abcdefgh', 'chrome-extension://abcdefgh'],
  ])('as %s is that of a page that says %s', (entry, origin) => {
    expect(isOriginSetting(entry)).toBe(true);
    expect(new AllowedOrigins([entry]).include(origin)).toBe(true);
  });

  test.each([
    ['https://app.example', 'http://app.example'],
    ['https://app.example', 'https://app.example:8443'],
    ['https://app.example:8443', 'https://app.example'],
    ['https://app.example:80', 'https://app.example'],
    ['https://app.example', 'https://app.ex'],
    ['https://app.example', 'https://app.example.evil.example'],
    ['https://app.example', 'https://evil-app.example'],
    ['https://app.example', 'https://app.example..'],
    ['https://app.example', 'null'],
    ['https://app.example', 'https'],
  ])('as %s is not that of a page that says %s', (entry, origin) => {
    expect(new AllowedOrigins([entry]).include(origin)).toBe(false);
  });

  test.each([
    'app.example',
    '//app.example',
    'https://',
    'https://app.example/hubs',
    'https://app.example//',
    'https://app.example?',
    'https://app.example#',
    'https://user@app.example',
    'https://*.app.example',
    'https://*',
    '*',
    'null',
    '',
    ' https://app.example',
    'https://app.example\n',
    'https://app.example, https://b.example',
    'https:\\\\app.example',
    'https:app.example',
    'https://app.example:',
    'https://app.example:0',
    'https://app.example:65536',
    'https://app.example:https',
    'https://{tenant}.example',
    'https://%61pp.example',
    'https://::1',
    'wss://app.example',
    'file://localhost',
    'file://',
    'data:text/plain,x',
    /https/,
    /https:\/\/app\.example/,
    new URL('https://app.example'),
    undefined,
    null,
    5,
  ])('cannot be %s: no page says so', (entry) => {
    expect(isOriginSetting(entry)).toBe(false);
  });

  test('has a host that requests may name, unless its pages come from no server', () => {
    const { hosts } = new AllowedOrigins(['https://App.example.', 'capacitor://app', 'http://b.example:81']);
    expect(hosts).toEqual([
      { name: 'app.example', port: undefined },
      { name: 'b.example', port: '81' },
    ]);
    expect(new AllowedOrigins(() => true).hosts).toEqual([]);
  });
});

test.each([undefined, 1, 'no', {}, Promise.resolve(false)])('a function that returns %o lets nobody in', (verdict) => {
  const allowed = new AllowedOrigins((() => verdict) as unknown as Origins);
  expect(() => allowed.include('https://evil.example')).toThrow(/^origins must return true or false, not /);
});

describe("the server's own origin", () => {
  test.each([
    ['https://app.example', 'app.example'],
    ['http://app.example', 'app.example'],
    ['https://app.example', 'app.example:443'],
    ['http://app.example', 'app.example:80'],
    ['https://app.example', 'app.example:'],
    ['https://app.example', 'app.example.'],
    ['https://app.example', 'app.example.:443'],
    ['https://app.example.', 'app.example'],
    ['https://app.example', 'App.Example:443'],
    ['http://app.example:8080', 'app.example:8080'],
    ['http://app.example:8080', 'app.example:08080'],
    ['https://app.example:80', 'app.example:80'],
    ['http://[::1]', '[0:0::1]:80'],
    ['http://127.0.0.1:5080', '127.0.0.1:5080'],
  ])('is %s where Host is %s', (origin, host) => {
    expect(isOwnOrigin(origin, host)).toBe(true);
  });

  test.each([
    ['http://app.example:8080', 'app.example'],
    ['http://app.example', 'app.example:8080'],
    ['http://app.example', 'app.example:443'],
    ['https://app.example', 'app.example:80'],
    ['https://app.example:80', 'app.example'],
    ['http://app.example:443', 'app.example'],
    ['https://app.example:8443', 'app.example:443'],
    ['https://evil.example', 'app.example'],
    ['https://app.example.evil.example', 'app.example'],
    ['https://app.example', 'app.example.evil.example'],
    ['https://app.example..', 'app.example'],
    ['ftp://app.example', 'app.example'],
    ['https://app.example@evil.example', 'app.example'],
    ['https://evil.example/app.example', 'app.example'],
    ['https://evil.example, https://app.example', 'app.example'],
    ['app.example', 'app.example'],
    ['null', 'null'],
    ['', ''],
    ['http://:80', ':80'],
  ])('is not %s where Host is %s', (origin, host) => {
    expect(isOwnOrigin(origin, host)).toBe(false);
  });

  test('is none without a Host', () => {
    expect(isOwnOrigin('https://app.example', undefined)).toBe(false);
  });

  test.each([
    ['http://localhost:80', 'localhost', true],
    ['http://localhost', 'localhost:80', true],
    ['http://localhost', 'localhost.', true],
    ['https://localhost', 'localhost:443', false],
    ['http://localhost', 'localhost:443', false],
    ['https://localhost', 'localhost', false],
  ] as const)('%s where Host is %s and no TLS can have been taken off: %s', (origin, host, is) => {
    expect(isOwnOrigin(origin, host, 'http')).toBe(is);
  });
});

const scheme = fc.constantFrom('http', 'https');
const port = fc.option(fc.constantFrom(80, 443, 8080), { nil: undefined });

property(
  'two spellings are one origin exactly when a URL parser says so, for the list and for the own host',
  [scheme, scheme, fc.domain(), fc.domain(), fc.boolean(), port, port, fc.constantFrom('', '.')],
  { runs: 1_000, sometimes: ['one origin', 'two origins'] },
  (one, other, domain, domains, isSame, left, right, dot, reached) => {
    const written = `${one.toUpperCase()}://${domain.toUpperCase()}${dot}${left === undefined ? '' : `:${left}`}/`;
    const page = new URL(`${other}://${isSame ? domain : domains}${right === undefined ? '' : `:${right}`}`);
    const asked = new URL(`${one}://${domain}${left === undefined ? '' : `:${left}`}`);
    reached(asked.origin === page.origin ? 'one origin' : 'two origins');
    expect(new AllowedOrigins([written]).include(page.origin)).toBe(asked.origin === page.origin);
    // With a known scheme, the Host of a request determines the origin of the server's own pages.
    const host = `${domain}${dot}${left === undefined ? '' : `:${left}`}`;
    expect(isOwnOrigin(page.origin, host, one as 'http' | 'https')).toBe(asked.origin === page.origin);
  },
);

property('whatever an Origin and a Host say, nothing throws', [fc.string(), fc.string()], 1_000, (origin, host) => {
  expect(isOwnOrigin(origin, host)).toBe(false);
  expect(new AllowedOrigins(['https://app.example']).include(origin)).toBe(false);
});
