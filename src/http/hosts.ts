import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { listOf, must } from '../option-checks.ts';

/** A host as requests name it: in lower case, an IPv6 address in brackets and in its shortest form, no dot at its end. */
export interface Host {
  readonly name: string;
  /** undefined: the port that belongs to the scheme. */
  readonly port: string | undefined;
}

/** RFC 3986, section 3.2.2, and a port: an address in brackets, or what a registered name may consist of. */
const HOST = /^(\[[\d:.a-f]+\]|[\w.~!$&'()*+,;=%-]*)(?::(\d{0,5}))?$/i;
const DEFAULT_PORTS: readonly (string | undefined)[] = ['80', '443'];
/** In `hosts`: whatever a request says. */
const ANY = '*';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** The host of a Host header; undefined: it is none (RFC 9112, section 3.2, wants 400 for that). */
export function parseHost(text: string): Host | undefined {
  const [, written, port] = HOST.exec(text) ?? [];
  if (written === undefined) return undefined;
  const name = written.startsWith('[') ? shortest(written) : withoutDot(written.toLowerCase());
  return name === undefined ? undefined : { name, port: port === '' ? undefined : port };
}

/** Whether an address is this machine's own, also as IPv4 written in IPv6, which is what a dual-stack listener sees. */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether a name means this machine, and no answer of a DNS server can make it mean another (RFC 6761, section 6.3). */
export function isLoopbackName(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isLoopbackAddress(name.startsWith('[') ? name.slice(1, -1) : name);
}

/**
 * Which hosts a server answers for: those that mean this machine, those of the origins that may connect, and those that are
 * named in `hosts`. A page whose own name has been pointed at the server (DNS rebinding) is "same-origin" with it, and only
 * the name shows where it comes from.
 */
export class AllowedHosts {
  /** Whether `hosts` names any. */
  readonly areConfigured: boolean;
  readonly #isAny: boolean;
  readonly #listed: readonly Host[];

  /**
   * @param named The option, checked with `HOSTS`.
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

/** The rule for an entry of `hosts`. */
export const EXPECTED_HOST =
  'a host without scheme and path, with or without a port, such as "chat.example", "chat.example:8080", "[::1]"; or "*" for any';

/** Whether a value can stand in `hosts`. */
export function isHostSetting(value: unknown): boolean {
  return value === ANY || (typeof value === 'string' && parseHostSetting(value) !== undefined);
}

/** What `hosts` may be. */
export const HOSTS = listOf(must(EXPECTED_HOST, isHostSetting), `a list of hosts, each ${EXPECTED_HOST}`);

/** The rule for an address to listen on. */
export const EXPECTED_ADDRESS =
  'a name or an address of this machine without port, such as "127.0.0.1", "::1", "localhost", or "0.0.0.0" for all';

/** Whether a value can be listened on. Node takes an empty text for all addresses. */
export function isAddressSetting(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  return isIP(value) !== 0 || (!/[:[]/.test(value) && parseHostSetting(value) !== undefined);
}

/** A host as people write it, its name in any script; browsers send it in ASCII. */
export function parseHostSetting(text: string): Host | undefined {
  const [, name, port = ''] = /^(\[[^\]]*\]|[^\s/?#@\\%*,:[\]]+)(:\d{1,5})?$/.exec(text) ?? [];
  if (name === undefined || Number(port.slice(1) || 1) < 1 || Number(port.slice(1)) > 65_535) return undefined;
  const ascii = name.startsWith('[') ? name : domainToASCII(name);
  return ascii === '' ? undefined : parseHost(ascii + port);
}

/** A host that was listed without a port has any; a request without one means that of http or of https, which a proxy hides. */
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
