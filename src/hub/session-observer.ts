/**
 * Who keeps a record of connections: hears of each accepted handshake, and of the end of each of these. Must not throw and
 * not wait; it is not in the path of any message.
 */
export interface SessionObserver {
  opened(session: OpenedSession): void;
  closed(session: ClosedSession): void;
}

export interface OpenedSession {
  readonly hub: string;
  readonly connectionId: string;
  readonly user: string | undefined;
  readonly transport: string;
  readonly remoteAddress: string;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
}

export interface ClosedSession {
  readonly hub: string;
  readonly connectionId: string;
  /** Hub messages after the handshake, pings included. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly closeReason: string;
}
