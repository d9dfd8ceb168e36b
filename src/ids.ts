import { randomFillSync } from 'node:crypto';

/** The public address of a connection: hubs send to it, clients may know it. */
export type ConnectionId = string & { readonly __connectionId: never };

/** The secret with which a client claims its negotiated connection (`?id=`). Never logged, never shown to other clients. */
export type ConnectionToken = string & { readonly __connectionToken: never };

/** 128 random bits, in 22 URL-safe characters: as the ids of ASP.NET Core SignalR. */
const ID_BYTES = 16;

export function newConnectionId(): ConnectionId {
  return randomText(ID_BYTES) as ConnectionId;
}

export function newConnectionToken(): ConnectionToken {
  return randomText(ID_BYTES) as ConnectionToken;
}

/** With negotiate version 0, and without negotiation, the id itself is the key (SignalR's transport protocol, version 0). */
export function tokenFromId(id: ConnectionId): ConnectionToken {
  return id as string as ConnectionToken;
}

/** Milliseconds since 1970 in base 36: enough until the year 5188. */
const TIME_LENGTH = 9;
/** 96 random bits, for the sessions of one millisecond. */
const SESSION_BYTES = 12;

/**
 * The key of a session record. It begins with the time: keys that grow are added to the end of an index, while random ones
 * would make a database write a page for each.
 *
 * @param time Milliseconds since 1970.
 */
export function newSessionId(time: number): string {
  return time.toString(36).padStart(TIME_LENGTH, '0') + randomText(SESSION_BYTES);
}

/** Random bytes for the next ids: to ask for them one by one costs more than to have them. */
const pool = Buffer.allocUnsafeSlow(128 * ID_BYTES);
let taken = pool.length;

/** So many random bytes as base64url (RFC 4648, section 5), from the system's generator: fit for secrets. */
function randomText(bytes: number): string {
  if (taken + bytes > pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += bytes;
  return pool.toString('base64url', taken - bytes, taken);
}
