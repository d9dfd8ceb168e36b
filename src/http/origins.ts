import type { IncomingMessage } from 'node:http';
import { isSynchronous, listOf, must, type Rule, refuse } from '../option-checks.ts';
import { kindOf } from '../value-texts.ts';
import { type Host, parseHost, parseHostSetting } from './hosts.ts';

/** Which other origins may connect: a list of them (`https://app.example`), or a function. */
export type Origins = readonly string[] | ((origin: string) => boolean);

/** An origin, taken apart (RFC 6454, section 6.2). */
interface Origin {
  readonly scheme: string;
  readonly host: Host;
}

const ORIGIN = /^([a-z][a-z\d+.-]*):\/\/([^\s/?#@\\]+)\/?$/i;
/** The schemes of pages that come from a server, with the ports that nobody writes. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };
/** URLs of these have a host, and yet no page has such an origin. */
const NEVER_OF_PAGES = ['ws', 'wss', 'file', 'ftp', 'data', 'blob', 'about'];

/** The rule for an entry of `origins`. */
export const EXPECTED_ORIGIN =
  'an origin: scheme and host, with or without a port, such as "https://app.example"; no path, no pattern, not "*" or "null"';

/** Whether a value can stand in `origins`. */
export function isOriginSetting(value: unknown): boolean {
  return typeof value === 'string' && parseOriginSetting(value) !== undefined;
}

const LIST = listOf(
  must(EXPECTED_ORIGIN, isOriginSetting),
  `a list, or a function; in a list each is ${EXPECTED_ORIGIN}`,
);

/** What `origins` may be. */
export const ORIGINS: Rule = {
  read(value, at) {
    if (typeof value !== 'function') return LIST.read(value, at);
    return isSynchronous(value) ? value : refuse(value, at, 'a function that returns true or false at once', kindOf);
  },
};

/** The origins that may connect beside the server's own. */
export class AllowedOrigins {
  /** The hosts of those that are listed. A function has none to show. */
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
   * @throws what the function throws, and when it does not return true or false: what else it is could mean anything.
   */
  include(origin: string): boolean {
    if (this.#decide === undefined) return this.#listed.has(origin);
    const verdict: unknown = this.#decide(origin);
    if (typeof verdict !== 'boolean') throw new TypeError(`origins must return true or false, not ${kindOf(verdict)}.`);
    return verdict;
  }
}

/**
 * Whether a request may come from where it says. Requests without an Origin header are not from a browser's page and
 * pass; so does the server's own origin; any other has to be allowed. This is what keeps a foreign page from using a
 * visitor's cookies over a WebSocket, which CORS does not protect (OWASP, Cross-Site WebSocket Hijacking).
 */
export function isOriginAllowed(request: IncomingMessage, allowed: AllowedOrigins): boolean {
  const { origin, host } = request.headers;
  return origin === undefined || isOwnOrigin(origin, host) || allowed.include(origin);
}

/**
 * Whether a page is one of the server itself: of the host, and the port, that its request names. A port that belongs to the
 * scheme may be written or left out, and so may the dot at the end of a name.
 *
 * @param host The Host header.
 * @param scheme How the request has come; undefined: nobody knows, since a proxy may have taken the TLS off. Then a Host without
 *   a port is that of http and of https.
 */
export function isOwnOrigin(origin: string, host: string | undefined, scheme?: 'http' | 'https'): boolean {
  const page = parseOrigin(origin, parseHost);
  const own = host === undefined ? undefined : parseHost(host);
  if (page === undefined || own === undefined || page.host.name !== own.name) return false;
  const standard = DEFAULT_PORTS[page.scheme];
  if (standard === undefined || (scheme !== undefined && scheme !== page.scheme)) return false;
  return Number(page.host.port ?? standard) === Number(own.port ?? standard);
}

/** An origin as people write it: in any case and script, with its default port, with a slash. */
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

/** As browsers send it (Fetch Standard, "serializing a request origin"): a page whose address ends the host with a dot has it in its origin. */
function spellings({ scheme, host: { name, port } }: Origin): readonly string[] {
  const suffix = port === undefined || Number(port) === Number(DEFAULT_PORTS[scheme]) ? '' : `:${Number(port)}`;
  return [`${scheme}://${name}${suffix}`, `${scheme}://${name}.${suffix}`];
}
