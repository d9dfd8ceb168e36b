import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainAddress } from '../../src/http/ip-address.ts';
import { property } from '../support/property.ts';

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
  ['::ffff:0.0.0.0', '0.0.0.0'],
  ['::ffff:192.0.2.1%eth0', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['::1', '::1'],
  ['::', '::'],
  // IPv4-compatible, translated (RFC 6052), and others that only look like it.
  ['::192.0.2.1', '::192.0.2.1'],
  ['64:ff9b::192.0.2.1', '64:ff9b::192.0.2.1'],
  ['::ffff:0:192.0.2.1', '::ffff:0:192.0.2.1'],
  ['1::ffff:192.0.2.1', '1::ffff:192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['', ''],
  ['memory', 'memory'],
  ['::ffff:192.0.2.256', '::ffff:192.0.2.256'],
])('%s is the address %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});

property('IPv4 is the same address however it is written in IPv6', [fc.ipV4()], 200, (address) => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const hex = [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(':');
  for (const written of [address, `::ffff:${address}`, `::ffff:${hex}`, `0:0:0:0:0:FFFF:${hex}`]) {
    expect(plainAddress(written)).toBe(address);
  }
});
