import type { PlainResponse } from '../http/plain-response.ts';

/** Errors of a refresh, with their status (ASP.NET Core SignalR 11, authentication refresh). */
const ERRORS = {
  missing_connection_token: 400,
  unsupported_negotiate_version: 400,
  invalid_token: 401,
  permission_change_rejected: 403,
  connection_not_found: 404,
  internal_server_error: 500,
} as const;

export type RefreshError = keyof typeof ERRORS;

export function refreshRefusal(error: RefreshError): PlainResponse {
  const headers = error === 'invalid_token' ? { 'WWW-Authenticate': 'Bearer' } : {};
  return {
    status: ERRORS[error],
    type: 'application/json',
    body: JSON.stringify({ error }),
    headers: { ...headers, 'Cache-Control': 'no-store' },
    kind: 'refresh-refused',
    reason: error,
  };
}

/** @param lifetime Whole seconds; undefined: the credential does not expire. */
export function refreshAnswer(lifetime: number | undefined): PlainResponse {
  return {
    status: 200,
    type: 'application/json',
    body: JSON.stringify(lifetime === undefined ? {} : { tokenLifetimeSeconds: lifetime }),
    headers: { 'Cache-Control': 'no-store' },
  };
}
