import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientNetwork } from '../../src/http/client-network.ts';
import { property } from '../support/property.ts';

const group = fc.oneof(fc.constantFrom(0, 1, 0xffff), fc.nat(0xffff));
const groups = fc.array(group, { minLength: 8, maxLength: 8 });

/** The address as Node writes it: without its longest run of zeros (RFC 5952). */
const shortened = (some: readonly number[]) => new URL(`http://[${full(some)}]`).hostname.slice(1, -1);
const full = (some: readonly number[]) => some.map((one) => one.toString(16).toUpperCase()).join(':');

const sharesNetwork = (one: readonly number[], other: readonly number[]) =>
  one.slice(0, 4).join() === other.slice(0, 4).join();

describe('an address stands', () => {
  property(
    'in IPv6 for its first 64 bits, however it is written',
    [groups, groups, fc.nat(7)],
    500,
    (one, other, at) => {
      const neighbour = [...one.slice(0, 4), ...other.slice(4)];
      // Others may be IPv4 addresses.
      const changed = one.with(at, (one[at] as number) ^ 1);
      for (const some of [one, other, neighbour, changed]) fc.pre(!some.slice(0, 5).every((part) => part === 0));
      expect(clientNetwork(shortened(one))).toBe(clientNetwork(full(one)));
      expect(clientNetwork(shortened(neighbour))).toBe(clientNetwork(full(one)));
      expect(clientNetwork(`${full(one)}%eth0`)).toBe(clientNetwork(full(one)));
      expect(clientNetwork(full(other)) === clientNetwork(full(one))).toBe(sharesNetwork(one, other));
      expect(clientNetwork(full(changed)) === clientNetwork(full(one))).toBe(at >= 4);
    },
  );

  property('in IPv4 for itself, also when it is written in IPv6', [fc.ipV4()], 200, (address) => {
    const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
    expect(clientNetwork(address)).toBe(address);
    expect(clientNetwork(`::ffff:${address}`)).toBe(address);
    expect(clientNetwork(full([0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d]))).toBe(address);
  });

  test('for itself when it is none, or there is none', () => {
    for (const text of ['', 'unknown', 'a:b', ':::', 'ann@example.org']) expect(clientNetwork(text)).toBe(text);
    expect(clientNetwork('::1')).toBe('0:0:0:0::/64');
    expect(clientNetwork('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
    expect(clientNetwork('64:ff9b::192.0.2.1')).toBe('64:ff9b:0:0::/64');
  });
});
