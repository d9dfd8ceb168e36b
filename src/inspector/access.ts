import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopbackAddress, isLoopbackName, parseHost } from '../http/hosts.ts';
import { isOwnOrigin } from '../http/origins.ts';
import { queryValues } from '../http/request-info.ts';
import { must } from '../option-checks.ts';
import { kindOf } from '../value-texts.ts';

/** Request to attach an inspector. Header names are in lower case. */
export interface AttachRequest {
  readonly remoteAddress: string;
  /** Whether the request came over TLS. */
  readonly isEncrypted: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** Reason why a request may not attach. */
export type RefusalReason =
  | 'token-missing'
  | 'token-wrong'
  | 'foreign-peer'
  | 'forwarded'
  | 'foreign-host'
  | 'foreign-origin';

/** With a token the inspector is open to any address, so the token must be too long to be guessed. */
export const SHORTEST_TOKEN = 16;

/** Text of the rule for a token. */
export const EXPECTED_TOKEN = `a text of at least ${SHORTEST_TOKEN} characters that neither begins nor ends with white space`;

/** Whether a value may be a token: it must fit into a header as it is. */
export function isToken(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length >= SHORTEST_TOKEN && /^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$/u.test(value)
  );
}

/** Rule of the token. Its error texts never show the value. */
export const TOKEN = must(EXPECTED_TOKEN, isToken, (value) =>
  typeof value === 'string' ? `a text of ${value.length} characters` : kindOf(value),
);

/** Headers that proxies add. The list cannot be complete; hence the warning in docs/inspector.md. */
const FORWARDING = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-azure-clientip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
]);
const FORWARDING_PREFIXES = ['x-forwarded', 'x-original-'];

/**
 * Reason why a request may not attach; undefined: it may.
 *
 * With a token, only the token decides: a foreign page does not know it. Without one, only programs of this machine may
 * attach, and no page but our own. All four checks are needed. A page of any site can open a WebSocket to 127.0.0.1:
 * its Origin shows it. A name that resolves to 127.0.0.1 makes such a page "same-origin": its Host shows it. A proxy on
 * this machine makes every client a loopback peer: its headers show it.
 */
export function refusalReason(request: AttachRequest, token: string | undefined): RefusalReason | undefined {
  if (token !== undefined) return tokenRefusalReason(request, token);
  const { host = '', origin } = request.headers;
  if (!isLoopbackAddress(request.remoteAddress)) return 'foreign-peer';
  if (Object.keys(request.headers).some(isForwarding)) return 'forwarded';
  // The option `hosts` does not count here: those hosts may be public, but the inspector is for this machine.
  if (!isLoopbackName(parseHost(host)?.name ?? '')) return 'foreign-host';
  if (origin !== undefined && !isOwnOrigin(origin, host, request.isEncrypted ? 'https' : 'http'))
    return 'foreign-origin';
  return undefined;
}

function tokenRefusalReason({ headers, query }: AttachRequest, token: string): RefusalReason | undefined {
  const bearer = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];
  const given = [...queryValues(query, 'token'), ...(bearer === undefined ? [] : [bearer])];
  if (given.length === 0) return 'token-missing';
  return given.some((candidate) => isEqual(candidate, token)) ? undefined : 'token-wrong';
}

/** Compares hashes, so that the time shows neither the place of the first difference nor the length. */
function isEqual(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isForwarding(name: string): boolean {
  return FORWARDING.has(name) || FORWARDING_PREFIXES.some((prefix) => name.startsWith(prefix));
}
