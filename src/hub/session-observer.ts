/**
 * Observer of the sessions of all connections, for example to record them. Called for each accepted handshake, and for
 * the end of each of these sessions. Must not throw and not block; it is not in the path of any message.
 */
export interface SessionObserver {
  opened(session: OpenedSession): void;
  closed(session: ClosedSession): void;
}

/** Observer of a server that records no sessions. */
export const NO_SESSIONS: SessionObserver = { opened() {}, closed() {} };

/** A session whose handshake has been accepted. */
export interface OpenedSession {
  readonly hub: string;
  readonly connectionId: string;
  readonly user: string | undefined;
  readonly transport: string;
  readonly protocol: string;
  readonly remoteAddress: string;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  /** Milliseconds since then, which the handshake has taken; no step of the wall clock changes them. */
  readonly ageMs: number;
}

/** A session that has ended. */
export interface ClosedSession {
  readonly hub: string;
  readonly connectionId: string;
  /** Number of hub messages after the handshake, pings included. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly closeReason: string;
}
