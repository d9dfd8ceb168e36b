import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AllowedHosts,
  isAddressSetting,
  isHostSetting,
  isLoopbackAddress,
  isLoopbackName,
  parseHost,
} from '../../src/http/hosts.ts';
import { AllowedOrigins } from '../../src/http/origins.ts';
import { property } from '../support/property.ts';

/** Whether a server with these options `hosts` and `origins` answers for a Host header. */
function answers(header: string, hosts: readonly string[], origins: readonly string[] = []): boolean {
  const host = parseHost(header);
  return host !== undefined && new AllowedHosts(hosts, new AllowedOrigins(origins).hosts).include(host);
}

describe('a name of this machine', () => {
  test.each([
    'localhost',
    'LOCALHOST:5080',
    'localhost.',
    'app.localhost:3000',
    '127.0.0.1',
    '127.1.2.3:80',
    '[::1]',
    '[::1]:5080',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::FFFF:7f00:1]:80',
  ])('is %s, without being listed', (header) => {
    expect(answers(header, [])).toBe(true);
  });

  test.each([
    'evil.example',
    'evil.example:5080',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '128.0.0.1',
    '0.0.0.0',
    '192.168.1.4',
    '[::2]',
    '[::]',
    '[::ffff:10.0.0.1]',
    '%6cocalhost',
    '2130706433',
    '127.1',
    '',
    ':5080',
  ])('is not %j', (header) => {
    expect(answers(header, [])).toBe(false);
  });

  test.each(['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'])('has the address %s', (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  });

  test.each(['0.0.0.0', '::', '192.168.1.4', '::ffff:10.0.0.1', 'localhost', ''])('has not %j', (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  });
});

describe('a host that is listed', () => {
  test.each([
    ['chat.example', 'chat.example'],
    ['chat.example', 'Chat.Example:8080'],
    ['chat.example', 'chat.example.'],
    ['CHAT.example.', 'chat.example'],
    ['chat.example:8080', 'chat.example:8080'],
    ['chat.example:8080', 'chat.example:08080'],
    ['chat.example:443', 'chat.example'],
    ['chat.example:80', 'chat.example'],
    ['chat.example:80', 'chat.example:'],
    ['my_host', 'my_host:5080'],
    ['192.168.1.4:5080', '192.168.1.4:5080'],
    ['[fd00:0:0::1]', '[fd00::1]:80'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['*', 'anything.example:1'],
  ])('%s: %s is it', (listed, header) => {
    expect(answers(header, [listed])).toBe(true);
  });

  test.each([
    ['chat.example', 'evil.example'],
    ['chat.example', 'chat.example.evil.example'],
    ['chat.example', 'www.chat.example'],
    ['chat.example:8080', 'chat.example'],
    ['chat.example:8080', 'chat.example:80'],
    ['chat.example:443', 'chat.example:80'],
    ['[fd00::1]', '[fd00::2]'],
  ])('%s: %s is not', (listed, header) => {
    expect(answers(header, [listed])).toBe(false);
  });

  test.each([
    ['https://app.example', 'app.example', true],
    ['https://app.example', 'app.example:5080', true],
    ['https://app.example:8443', 'app.example:8443', true],
    ['https://app.example:8443', 'app.example', false],
    ['https://app.example', 'evil.example', false],
    ['HTTPS://App.Example.:443/', 'app.example', true],
    ['capacitor://app', 'app', false],
  ])('as the origin %s: %s is %s', (origin, header, is) => {
    expect(answers(header, [], [origin])).toBe(is);
  });
});

test.each([
  '',
  ' ',
  'https://chat.example',
  'chat.example/',
  'chat.example:0',
  'chat.example:65536',
  'chat.example:',
  'chat.example:http',
  '*.example',
  '*:80',
  'a,b',
  'a b',
  'user@host',
  '::1',
  '[::1',
  '[evil]',
  'chat\u0000.example',
  7,
  null,
  {},
])('%j cannot be listed', (entry) => {
  expect(isHostSetting(entry)).toBe(false);
});

test.each([
  '127.0.0.1',
  '::1',
  '::',
  '0.0.0.0',
  'fe80::1%eth0',
  '[::1]',
  '[::]',
  '[fe80::1%eth0]',
  'localhost',
  'box.example',
  'my_host',
  'münchen.example',
])('%j can be listened on', (address) => {
  expect(isAddressSetting(address)).toBe(true);
});

test.each([
  '',
  ' ',
  '[127.0.0.1]',
  '[localhost]',
  '[::1]:80',
  '[::1',
  '[]',
  'localhost:80',
  '127.0.0.1:80',
  'http://localhost',
  '*',
  'a/b',
  'a b',
  '\u0000',
  7,
  null,
  undefined,
])('%j cannot be listened on', (address) => {
  expect(isAddressSetting(address)).toBe(false);
});

test.each([
  'a b',
  'user@localhost',
  'localhost:80:80',
  '127.0.0.1, evil.example',
  '[::1].evil.example',
  '[::1',
  'a/b',
  '::1',
])('%j is no Host at all', (text) => {
  expect(parseHost(text)).toBeUndefined();
});

property(
  'no domain of the internet is a name of this machine, and one that is listed is itself and no other',
  [fc.domain(), fc.domain(), fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })],
  500,
  (listed, other, port) => {
    expect(isLoopbackName(other)).toBe(false);
    const suffix = port === undefined ? '' : `:${port}`;
    expect(answers(`${listed.toUpperCase()}${suffix}`, [listed])).toBe(true);
    expect(answers(`${other}${suffix}`, [listed])).toBe(other.toLowerCase() === listed.toLowerCase());
  },
);

property(
  'whatever stands in a header, it is a host in printable characters or none',
  [fc.string()],
  { runs: 1_000, sometimes: ['a host', 'none'], examples: [['a.example:80'], ['a b']] },
  (text, reached) => {
    const host = parseHost(text);
    reached(host === undefined ? 'none' : 'a host');
    if (host !== undefined) expect(host.name).toMatch(/^[!-~]*$/);
  },
);
