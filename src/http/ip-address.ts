import { isIPv4, isIPv6 } from 'node:net';

/** An IPv4 address written in IPv6 (RFC 4291, section 2.5.5.2), which is what a dual-stack listener sees. */
const MAPPED = [0, 0, 0, 0, 0, 0xffff];
/** The same as sockets write it. */
const PREFIX = '::ffff:';

/**
 * The address as IPv4 when it is IPv4 written in IPv6: `::ffff:192.0.2.1` and `::ffff:c000:201` are 192.0.2.1. Any other
 * text is returned as it is. So a client has the same address whichever socket it has come to.
 *
 * Each request with a credential needs it, and parsing takes longer than finding a known token. So an address is only
 * parsed when it is written as no socket writes it.
 */
export function plainAddress(address: string): string {
  // The first of the eight numbers is zero.
  if (!address.startsWith(':') && !address.startsWith('0')) return address;
  if (address.startsWith(PREFIX)) {
    const rest = address.slice(PREFIX.length);
    if (isIPv4(rest)) return rest;
  }
  if (!isIPv6(address)) return address;
  const groups = groupsOf(address);
  if (!MAPPED.every((group, at) => groups[at] === group)) return address;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/** The eight numbers of an IPv6 address, without its zone. */
export function groupsOf(address: string): number[] {
  const [text = ''] = address.split('%', 1);
  const [head = '', tail] = text.split('::');
  const first = numbersOf(head);
  if (tail === undefined) return first;
  const last = numbersOf(tail);
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}

function numbersOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
