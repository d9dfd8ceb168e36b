import type { PlainResponse } from '../http/plain-response.ts';
import { queryValuesOf } from '../http/request-info.ts';
import type { User } from '../hub/connection-info.ts';
import { tokenFromId } from '../ids.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { OfferedTransport, TransportName } from '../protocol/negotiate.ts';
import type { Caller } from './caller.ts';
import type { Negotiation } from './negotiation.ts';
import type { Negotiations } from './negotiations.ts';
import type { RefreshError } from './refresh-answers.ts';
import { SERVER_CLOSING } from './server-closing.ts';

const ID_REQUIRED: PlainResponse = {
  status: 400,
  type: 'text/plain',
  body: errorTexts.connectionIdRequired,
  kind: 'connection-id-missing',
};
const UNKNOWN: PlainResponse = {
  status: 404,
  type: 'text/plain',
  body: errorTexts.noSuchConnection,
  kind: 'unknown-connection',
};
/** ASP.NET Core SignalR refuses an upgrade without a content type. */
const UNKNOWN_TO_UPGRADE: PlainResponse = {
  status: 404,
  body: errorTexts.noSuchConnection,
  kind: 'unknown-connection',
};
const RETURN_REFUSED: PlainResponse = { ...UNKNOWN_TO_UPGRADE, kind: 'return-refused' };
const IN_USE: PlainResponse = { status: 409, type: 'text/plain', kind: 'transport-taken' };

/**
 * Finds the open connection whose authentication a request refreshes. With version 0 of the negotiation its id is no
 * secret, so that is no token.
 */
export function findToRefresh(
  negotiations: Negotiations,
  { url, user }: { readonly url: string; readonly user: User },
): Negotiation | RefreshError {
  const token = queryValuesOf(url, 'id').find((value) => value !== '');
  if (token === undefined) return 'missing_connection_token';
  const negotiation = negotiations.opened(token);
  if (negotiation?.connection === undefined) return 'connection_not_found';
  if (negotiation.token === tokenFromId(negotiation.connectionId)) return 'unsupported_negotiate_version';
  return negotiation.userId === user.id ? negotiation : 'permission_change_rejected';
}

/** Finds the connection that a request is about, by its `id`. */
export function findConnection(negotiations: Negotiations, caller: Caller): Negotiation | PlainResponse {
  const id = idOf(caller);
  return id === undefined ? ID_REQUIRED : (negotiations.find(id, caller.user?.id) ?? UNKNOWN);
}

/**
 * Finds the connection that a WebSocket is to open or to resume. Without an `id`, which means without negotiation, it
 * is a new one.
 *
 * @param isAccepting Whether new connections are accepted, and connections may be resumed.
 */
export function findForWebSocket(
  negotiations: Negotiations,
  caller: Caller,
  offered: readonly OfferedTransport[],
  isAccepting: boolean,
): Negotiation | PlainResponse {
  const id = idOf(caller);
  const userId = caller.user?.id;
  const negotiation = id === undefined ? negotiations.skipNegotiation(userId) : negotiations.find(id, userId);
  if (negotiation === undefined) return UNKNOWN_TO_UPGRADE;
  const refusal = transportRefusal('WebSockets', negotiation, offered);
  if (refusal !== undefined) return refusal;
  const resumable = negotiation.connection?.resumable;
  if (negotiation.transport !== undefined && resumable?.isResumable !== true) return IN_USE;
  if (!isAccepting) return SERVER_CLOSING;
  if (resumable === undefined) return negotiation;
  return resumable.mayReturnNow() ? negotiation : RETURN_REFUSED;
}

/**
 * Refusal of a transport for a connection; undefined: it may be used. A connection keeps the kind of its first
 * transport.
 */
export function transportRefusal(
  name: TransportName,
  { transport }: Negotiation,
  offered: readonly OfferedTransport[],
): PlainResponse | undefined {
  if (!offered.some((offer) => offer.transport === name)) {
    const body = errorTexts.transportNotSupported(name);
    return { status: 404, type: 'text/plain', body, kind: 'transport-not-offered', reason: name };
  }
  const first = typeof transport === 'object' ? transport.name : transport;
  if (first === undefined || first === name) return undefined;
  const body = errorTexts.cannotChangeTransport;
  return { status: 400, type: 'text/plain', body, kind: 'transport-changed', reason: name };
}

/** The connection's token; an empty one counts as none. */
function idOf({ url }: Caller): string | undefined {
  const values = queryValuesOf(url, 'id').filter((value) => value !== '');
  return values.length === 0 ? undefined : values.join(',');
}
