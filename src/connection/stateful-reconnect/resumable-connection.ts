import type { CloseReason } from '../../protocol/close.ts';

/** Unacknowledged messages that a connection with stateful reconnect keeps while it has a transport. */
export interface AttachedReplay {
  readonly connectionId: string;
  readonly userId: string | undefined;
  /** Drops the oldest messages until this number of bytes is freed; passes the rest to `weigh`. */
  trim(bytes: number): void;
}

/** A connection with stateful reconnect that has lost its transport. */
export interface DetachedConnection {
  readonly userId: string | undefined;
  readonly remoteAddress: string;
  /** Ends the connection: too much is kept, or its client has not come back in time. */
  endWith(reason: CloseReason): void;
}

/** A connection whose client may come back, as the limits of the server see it. */
export interface ResumableConnection extends AttachedReplay, DetachedConnection {}
