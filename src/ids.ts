import { nanoid } from 'nanoid';

/** The public address of a connection: hubs send to it, clients may know it. */
export type ConnectionId = string & { readonly __connectionId: never };

/** The secret with which a client claims its negotiated connection (`?id=`). Never logged, never shown to other clients. */
export type ConnectionToken = string & { readonly __connectionToken: never };

/** 22 URL-safe characters, 132 random bits: as long as the ids of ASP.NET Core SignalR (16 bytes as base64url). */
const LENGTH = 22;

export function newConnectionId(): ConnectionId {
  return nanoid(LENGTH) as ConnectionId;
}

export function newConnectionToken(): ConnectionToken {
  return nanoid(LENGTH) as ConnectionToken;
}

/** With negotiate version 0, and without negotiation, the id itself is the key (SignalR's transport protocol, version 0). */
export function tokenFromId(id: ConnectionId): ConnectionToken {
  return id as string as ConnectionToken;
}
