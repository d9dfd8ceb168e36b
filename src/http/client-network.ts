import { isIPv6 } from 'node:net';
import { groupsOf, plainAddress } from './ip-address.ts';

/**
 * Network that a client's address belongs to, for limits that are shared fairly. IPv4: the address itself, also when it
 * is written in IPv6. IPv6: the first 64 bits, since a host may choose the rest (RFC 4862). A text that is no address
 * is returned as it is.
 */
export function clientNetwork(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const network = groupsOf(plain)
    .slice(0, 4)
    .map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}
