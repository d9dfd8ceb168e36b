import { isIPv6 } from 'node:net';

/** An IPv4 address written in IPv6 (RFC 4291, section 2.5.5.2), which is what a dual-stack listener sees. */
const MAPPED = [0, 0, 0, 0, 0, 0xffff];

/**
 * Network that a client's address belongs to, for limits that are shared fairly. IPv4: the address itself, also when it
 * is written in IPv6. IPv6: the first 64 bits, since a host may choose the rest (RFC 4862). A text that is no address
 * is returned as it is.
 */
export function clientNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const groups = groupsOf(address);
  if (MAPPED.every((group, at) => groups[at] === group)) return ipv4Of(groups.slice(6));
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The eight numbers of an IPv6 address, without its zone. */
function groupsOf(address: string): number[] {
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

function ipv4Of(groups: readonly number[]): string {
  return groups.flatMap((group) => [group >> 8, group & 0xff]).join('.');
}
