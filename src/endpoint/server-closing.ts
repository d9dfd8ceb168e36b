import type { PlainResponse } from '../http/plain-response.ts';

/**
 * Answer to a request for a new connection while the server drains. It comes last: whatever else is wrong with a request
 * is told first, over each transport.
 */
export const SERVER_CLOSING: PlainResponse = { status: 503, headers: { 'Retry-After': '1' }, kind: 'server-closing' };
