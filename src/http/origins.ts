import type { IncomingMessage } from 'node:http';
import { isSynchronous, listOf, must, type Rule, refuse } from '../option-checks.ts';
import { kindOf } from '../value-texts.ts';
import { type Host, parseHost, parseHostSetting } from './hosts.ts';

/** Other origins that may connect: a list of them (`https://app.example`), or a function. */
export type Origins = readonly string[] | ((origin: string) => boolean);

/** Parsed origin (RFC 6454, section 6.2). */
interface Origin {
  readonly scheme: string;
  readonly host: Host;
}

const ORIGIN = /^([a-z][a-z\d+.-]*):\/\/([^\s/?#@\\]+)\/?$/i;
/** Schemes of pages that come from a server, with their default ports. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };
/** URLs of these schemes have a host, but no page has such an origin. */
const NEVER_OF_PAGES = ['ws', 'wss', 'file', 'ftp', 'data', 'blob', 'about'];

/** Text of the rule for an entry of `origins`. */
export const EXPECTED_ORIGIN =
  'an origin: scheme and host, with or without a port, such as "https://app.example"; no path, no pattern, not "*" or "null"';

/** Whether a value may be an entry of `origins`. */
export function isOriginSetting(value: unknown): boolean {
  return typeof value === 'string' && parseOriginSetting(value) !== undefined;
}

const LIST = listOf(
  must(EXPECTED_ORIGIN, isOriginSetting),
  `a list, or a function; in a list each is ${EXPECTED_ORIGIN}`,
);

/** Rule of the option `origins`. */
export const ORIGINS: Rule = {
  read(value, at) {
    if (typeof value !== 'function') return LIST.read(value, at);
    return isSynchronous(value) ? value : refuse(value, at, 'a function that returns true or false at once', kindOf);
  },
};

/** Origins that may connect, besides the server's own. */
export class AllowedOrigins {
  /** Hosts of the listed origins; empty when the option is a function. */
  readonly hosts: readonly Host[];
  readonly #listed: ReadonlySet<string>;
  readonly #decide: ((origin: string) => boolean) | undefined;

  /** @param origins The option, checked with `ORIGINS`. */
  constructor(origins: Origins) {
    this.#decide = typeof origins === 'function' ? origins : undefined;
    const listed =
      typeof origins === 'function' ? [] : origins.map(parseOriginSetting).filter((one) => one !== undefined);
    this.#listed = new Set(listed.flatMap(spellings));
    this.hosts = listed.filter(({ scheme }) => scheme in DEFAULT_PORTS).map(({ host }) => host);
  }

  /**
   * @param origin As a browser sends it, which is always the same spelling.
   * @throws {Error} what the function throws; a TypeError when it returns neither true nor false.
   */
  include(origin: string): boolean {
    if (this.#decide === undefined) return this.#listed.has(origin);
    const verdict: unknown = this.#decide(origin);
    if (typeof verdict !== 'boolean') throw new TypeError(`origins must return true or false, not ${kindOf(verdict)}.`);
    return verdict;
  }
}

/**
 * Whether a request's origin may connect. Requests without an Origin header are not from a browser's page and pass. So
 * does the server's own origin. Any other origin has to be allowed. Without this check a foreign page could use a
 * user's cookies over a WebSocket, which CORS does not protect (OWASP, Cross-Site WebSocket Hijacking).
 */
export function isOriginAllowed(request: IncomingMessage, allowed: AllowedOrigins): boolean {
  const { origin, host } = request.headers;
  return origin === undefined || isOwnOrigin(origin, host) || allowed.include(origin);
}

/**
 * Whether a page's origin is the server's own: the host and port that its request names. The default port of the scheme
 * may be written or left out, and so may the dot at the end of a name.
 *
 * @param host The Host header.
 * @param scheme Scheme of the request; undefined: unknown, since a proxy may have terminated TLS. Then a Host without a
 *   port is that of http and of https.
 */
export function isOwnOrigin(origin: string, host: string | undefined, scheme?: 'http' | 'https'): boolean {
  const page = parseOrigin(origin, parseHost);
  const own = host === undefined ? undefined : parseHost(host);
  if (page === undefined || own === undefined || page.host.name !== own.name) return false;
  const standard = DEFAULT_PORTS[page.scheme];
  if (standard === undefined || (scheme !== undefined && scheme !== page.scheme)) return false;
  return Number(page.host.port ?? standard) === Number(own.port ?? standard);
}

/** Parses an origin as people write it: in any case and script, with its default port, with a slash. */
function parseOriginSetting(text: string): Origin | undefined {
  const origin = parseOrigin(text, parseHostSetting);
  return origin === undefined || NEVER_OF_PAGES.includes(origin.scheme) ? undefined : origin;
}

function parseOrigin(text: string, read: (host: string) => Host | undefined): Origin | undefined {
  const [, scheme, authority] = ORIGIN.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) return undefined;
  const host = read(authority);
  return host === undefined || host.name === '' ? undefined : { scheme: scheme.toLowerCase(), host };
}

/**
 * An origin as browsers send it (Fetch Standard, "serializing a request origin"). When the host in a page's address
 * ends with a dot, so does the host in its origin.
 */
function spellings({ scheme, host: { name, port } }: Origin): readonly string[] {
  const suffix = port === undefined || Number(port) === Number(DEFAULT_PORTS[scheme]) ? '' : `:${Number(port)}`;
  return [`${scheme}://${name}${suffix}`, `${scheme}://${name}.${suffix}`];
}
