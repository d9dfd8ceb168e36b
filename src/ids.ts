import { hostname } from 'node:os';
import { nanoid } from 'nanoid';

/** The public id of a connection: hubs send to it, clients may know it. */
export type ConnectionId = string & { readonly __connectionId: never };

/**
 * The secret with which a client opens its negotiated connection (`?id=`). Never logged, never shown to other clients.
 */
export type ConnectionToken = string & { readonly __connectionToken: never };

/** 22 URL-safe characters: as long as the ids of ASP.NET Core SignalR (16 bytes as base64url). */
const LENGTH = 22;
/** Characters of the tag of a node, 30 bits. */
const TAG_LENGTH = 5;

/**
 * A new id of a connection. It ends in the tag of its node, so that other nodes know where it is, or that it is nowhere,
 * without asking anybody. The rest is 102 random bits.
 *
 * @param tag Absent: there are no other nodes, and it is random, too.
 */
export function newConnectionId(tag = ''): ConnectionId {
  return (nanoid(LENGTH - tag.length) + tag) as ConnectionId;
}

/** The tag of the node that has a connection. */
export function tagOfConnection(connectionId: string): string {
  return connectionId.slice(-TAG_LENGTH);
}

/** A new id of one start of a node. */
export function newBootId(): string {
  return nanoid(LENGTH);
}

/** The tag of the connections of a node since its start. */
export function tagOfBoot(bootId: string): string {
  return bootId.slice(0, TAG_LENGTH);
}

export function newConnectionToken(): ConnectionToken {
  return nanoid(LENGTH) as ConnectionToken;
}

/**
 * With negotiate version 0, and without negotiation, the id is also the token (SignalR's transport protocol, version
 * 0).
 */
export function tokenFromId(id: ConnectionId): ConnectionToken {
  return id as string as ConnectionToken;
}

/** Milliseconds since 1970 in base 36: enough until the year 5188. */
const TIME_LENGTH = 9;
/** 84 random bits, for the sessions of one millisecond. */
const RANDOM_LENGTH = 14;

/**
 * A new key of a session record. It begins with the time: growing keys are added to the end of an index, while random
 * ones would make a database write a page for each.
 *
 * @param time Milliseconds since 1970.
 */
export function newSessionId(time: number): string {
  return time.toString(36).padStart(TIME_LENGTH, '0') + nanoid(RANDOM_LENGTH);
}

/** 60 random bits, for the servers of one host, one after the other or at the same time. */
const NODE_LENGTH = 10;

/** A new id of a node, which is one server in a process: the name of the host, a hyphen and random characters. */
export function newNodeId(): string {
  return `${hostname()}-${nanoid(NODE_LENGTH)}`;
}
