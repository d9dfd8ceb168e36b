import type { CloseReason } from '../../protocol/close.ts';

/** A connection with stateful reconnect that has a transport, as far as it keeps what is not acknowledged. */
export interface AttachedReplay {
  readonly connectionId: string;
  readonly userId: string | undefined;
  /** Drops the oldest messages until so many bytes less are kept; tells `weigh` what is left. */
  trim(bytes: number): void;
}

/** A connection with stateful reconnect that has lost its transport. */
export interface DetachedConnection {
  readonly userId: string | undefined;
  readonly remoteAddress: string;
  /** Ends it: too much is kept, or its client has been away for too long. */
  endWith(reason: CloseReason): void;
}

/** What the server bounds of a connection whose client may come back. */
export interface ResumableConnection extends AttachedReplay, DetachedConnection {}
