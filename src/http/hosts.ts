import { BlockList, isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { listOf, must } from '../option-checks.ts';

/** Host as requests name it: in lower case, an IPv6 address in brackets and in its shortest form, no dot at its end. */
export interface Host {
  readonly name: string;
  /** undefined: the default port of the scheme. */
  readonly port: string | undefined;
}

/** RFC 3986, section 3.2.2, and a port: an address in brackets, or the characters of a registered name. */
const HOST = /^(\[[\d:.a-f]+\]|[\w.~!$&'()*+,;=%-]*)(?::(\d{0,5}))?$/i;
const DEFAULT_PORTS: readonly (string | undefined)[] = ['80', '443'];
/** In `hosts`: any host. */
const ANY = '*';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Parses a Host header; undefined: it is no host (RFC 9112, section 3.2, requires 400 for that). */
export function parseHost(text: string): Host | undefined {
  const [, written, port] = HOST.exec(text) ?? [];
  if (written === undefined) return undefined;
  const name = written.startsWith('[') ? shortest(written) : withoutDot(written.toLowerCase());
  return name === undefined ? undefined : { name, port: port === '' ? undefined : port };
}

/**
 * Whether an address is a loopback address, also as IPv4 written in IPv6, which is how a dual-stack listener sees it.
 */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether a name means this machine, whatever a DNS server answers (RFC 6761, section 6.3). */
export function isLoopbackName(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isLoopbackAddress(name.startsWith('[') ? name.slice(1, -1) : name);
}

/**
 * Hosts that a server answers for: loopback names, hosts of the origins that may connect, and those of the option
 * `hosts`. A page whose own name resolves to the server (DNS rebinding) is "same-origin" with it. Only the name in the
 * Host header shows where it comes from.
 */
export class AllowedHosts {
  /** Whether the option `hosts` is set. */
  readonly areConfigured: boolean;
  readonly #isAny: boolean;
  readonly #listed: readonly Host[];

  /**
   * @param named The option `hosts`, checked with `HOSTS`.
   * @param ofOrigins The hosts of the origins that may connect.
   */
  constructor(named: readonly string[], ofOrigins: readonly Host[]) {
    this.areConfigured = named.length > 0;
    this.#isAny = named.includes(ANY);
    this.#listed = [...named.map(parseHostSetting).filter((host) => host !== undefined), ...ofOrigins];
  }

  include(host: Host): boolean {
    return this.#isAny || isLoopbackName(host.name) || this.#listed.some((listed) => isSame(listed, host));
  }
}

/** Text of the rule for an entry of `hosts`. */
export const EXPECTED_HOST =
  'a host without scheme and path, with or without a port, such as "chat.example", "chat.example:8080", "[::1]"; or "*" for any';

/** Whether a value may be an entry of `hosts`. */
export function isHostSetting(value: unknown): boolean {
  return value === ANY || (typeof value === 'string' && parseHostSetting(value) !== undefined);
}

/** Rule of the option `hosts`. */
export const HOSTS = listOf(must(EXPECTED_HOST, isHostSetting), `a list of hosts, each ${EXPECTED_HOST}`);

/** Text of the rule for an address to listen on. */
export const EXPECTED_ADDRESS =
  'a name or an address of this machine without port, such as "127.0.0.1", "::1", "localhost", or "0.0.0.0" for all';

/** Whether a value is an address to listen on. Node takes an empty text for all addresses, so it is none. */
export function isAddressSetting(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  return isIP(withoutBrackets(value)) !== 0 || (!/[:[]/.test(value) && parseHostSetting(value) !== undefined);
}

/** An IPv6 address as sockets take it, also when it is written in brackets, as in URLs. Other texts stay as they are. */
export function withoutBrackets(address: string): string {
  const [, inner = ''] = /^\[(.*)\]$/.exec(address) ?? [];
  return isIPv6(inner) ? inner : address;
}

/** Parses a host as people write it, in any script; browsers send it in ASCII. */
export function parseHostSetting(text: string): Host | undefined {
  const [, name, port = ''] = /^(\[[^\]]*\]|[^\s/?#@\\%*,:[\]]+)(:\d{1,5})?$/.exec(text) ?? [];
  if (name === undefined || Number(port.slice(1) || 1) < 1 || Number(port.slice(1)) > 65_535) return undefined;
  const ascii = name.startsWith('[') ? name : domainToASCII(name);
  return ascii === '' ? undefined : parseHost(ascii + port);
}

/** An entry without a port allows any. A request without a port means that of http or https: a proxy hides which. */
function isSame(listed: Host, { name, port }: Host): boolean {
  if (listed.name !== name) return false;
  if (listed.port === undefined) return true;
  return port === undefined ? DEFAULT_PORTS.includes(listed.port) : Number(port) === Number(listed.port);
}

function shortest(address: string): string | undefined {
  const url = `http://${address}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
