import type { IncomingMessage } from 'node:http';
import type { RefusalKind } from '../refusal-kinds.ts';
import { isSameToken } from './access-token.ts';
import { isForwarded } from './forwarding-headers.ts';
import { isLoopbackAddress, isLoopbackName, parseHost } from './hosts.ts';
import { isOwnOrigin } from './origins.ts';
import type { PlainResponse } from './plain-response.ts';
import { isEncrypted, queryValues, requestInfo } from './request-info.ts';
import type { HttpRequestInfo } from './request-texts.ts';

/** A request that needs access, as plain data. */
export interface AccessRequest extends Pick<HttpRequestInfo, 'remoteAddress' | 'headers' | 'query'> {
  /** Whether it has come over TLS. */
  readonly isEncrypted: boolean;
}

/** The request as the guard needs it. */
export function accessRequest(request: IncomingMessage): AccessRequest {
  const { remoteAddress, headers, query } = requestInfo(request);
  return { remoteAddress, headers, query, isEncrypted: isEncrypted(request) };
}

/** Reason why a request has no access. */
export type AccessRefusalReason =
  | 'token-missing'
  | 'token-wrong'
  | 'foreign-peer'
  | 'forwarded'
  | 'foreign-host'
  | 'foreign-origin';

/** The part of the server that is guarded. */
export interface Guarded {
  /** Its name in answers, such as "inspector". */
  readonly name: string;
  /** Verb for its use in answers: who has access "may attach". */
  readonly verb: string;
  /** Kind of its refusals in the log. */
  readonly kind: RefusalKind;
  /** Opens it to any address. Checked with `TOKEN`. */
  readonly token?: string;
}

/**
 * Guard of a part of the server that is not a hub, so that neither `authenticate` nor `authorize` decides about it.
 *
 * With a token, only the token decides: a foreign page does not know it. Without one, only programs of this machine
 * have access, and no page but our own. All four checks are needed. A page of any site can send requests to 127.0.0.1:
 * its Origin shows it. A name that resolves to 127.0.0.1 makes such a page "same-origin": its Host shows it. A proxy on
 * this machine makes every client a loopback peer: its headers show it.
 */
export class AccessGuard {
  readonly #token: string | undefined;
  readonly #refusals: Readonly<Record<AccessRefusalReason, PlainResponse>>;

  constructor(guarded: Guarded) {
    this.#token = guarded.token;
    this.#refusals = refusalsOf(guarded);
  }

  /** Answer to a request that has no access: 401 or 403; undefined: it has access. */
  refusal(request: AccessRequest): PlainResponse | undefined {
    const reason = this.#token === undefined ? strangerReason(request) : tokenReason(request, this.#token);
    return reason === undefined ? undefined : this.#refusals[reason];
  }
}

function strangerReason({ remoteAddress, headers, isEncrypted }: AccessRequest): AccessRefusalReason | undefined {
  const { host = '', origin } = headers;
  if (!isLoopbackAddress(remoteAddress)) return 'foreign-peer';
  if (isForwarded(headers)) return 'forwarded';
  // The option `hosts` does not count here: those hosts may be public, but this is for this machine.
  if (!isLoopbackName(parseHost(host)?.name ?? '')) return 'foreign-host';
  if (origin !== undefined && !isOwnOrigin(origin, host, isEncrypted ? 'https' : 'http')) return 'foreign-origin';
  return undefined;
}

function tokenReason({ headers, query }: AccessRequest, token: string): AccessRefusalReason | undefined {
  const bearer = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];
  const given = [...queryValues(query, 'token'), ...(bearer === undefined ? [] : [bearer])];
  if (given.length === 0) return 'token-missing';
  return given.some((candidate) => isSameToken(candidate, token)) ? undefined : 'token-wrong';
}

function refusalsOf({ name, verb, kind }: Guarded): Record<AccessRefusalReason, PlainResponse> {
  const unauthorized = (reason: AccessRefusalReason, body: string): PlainResponse => {
    const headers = { 'WWW-Authenticate': 'Bearer' };
    return { status: 401, type: 'text/plain', body, headers, kind, reason };
  };
  const forbidden = (reason: AccessRefusalReason, why: string): PlainResponse => {
    const who = 'only programs and pages of this very machine and server';
    const body = `Refused, since ${why}. Without a token ${who} may ${verb}.`;
    return { status: 403, type: 'text/plain', body, kind, reason };
  };
  return {
    'token-missing': unauthorized(
      'token-missing',
      `The ${name} needs its token: ?token=TOKEN, or Authorization: Bearer TOKEN.`,
    ),
    'token-wrong': unauthorized('token-wrong', `This is not the token of the ${name}.`),
    'foreign-peer': forbidden('foreign-peer', 'it does not come from this machine'),
    forwarded: forbidden('forwarded', 'a proxy has forwarded it'),
    'foreign-host': forbidden('foreign-host', 'its Host is no loopback address'),
    'foreign-origin': forbidden('foreign-origin', 'it comes from a page of another origin'),
  };
}
