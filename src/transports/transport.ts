import type { ProtocolError } from '../errors.ts';
import type { User } from '../hub/connection-info.ts';
import type { TransportName } from '../protocol/negotiate.ts';
import type { RecordLayout } from '../protocol/record-layout.ts';

/**
 * Wraps a run of records for a kind of transport and a layout. There is one object for each pair of them: lanes with the
 * same framing share the wrapped bytes.
 */
export interface Framing {
  /** @param length Bytes of all records together. */
  frame(records: readonly Uint8Array[], length: number): Buffer;
}

/** End of a transport. `error`: a fault of the client on the level of the transport itself. */
export interface TransportEnd {
  readonly by: 'client' | 'loss';
  readonly error?: ProtocolError;
}

/** Callbacks of a transport to its connection. */
export interface TransportListener {
  /**
   * Bytes of the client, split anywhere.
   *
   * @param endsMessage Whether they are the end of a message. Only WebSockets have messages: over other transports the
   *   client sends one stream of bytes, and no chunk ends a message.
   * @param isBinary Whether that message is a binary one.
   */
  received(chunk: Buffer, endsMessage: boolean, isBinary: boolean): void;
  /** The client has answered a ping of the transport. */
  ponged(): void;
  /** Number of bytes that the transport keeps of unfinished messages and waiting requests; 0: none any more. */
  holding(bytes: number): void;
  /** The kernel has taken what was written while `buffered` stood at or above the high-water mark. */
  drained(): void;
  /** The client asks for the end by a request (DELETE); frames that are written before `close` still reach it. */
  endRequested(): void;
  /** Called exactly once: nothing is received any more, and nothing can be written. */
  closed(end: TransportEnd): void;
}

/** Why a credential is no longer good: it has expired, or it was revoked. Also the name of the close reason. */
export type EndOfCredential = 'expired' | 'unauthorized';

/** Port of a connection to the endpoint, which opens its transports. */
export interface ConnectionPort {
  /** Bytes that the client posted before it opened the transport. */
  received(chunk: Buffer, endsMessage: boolean, isBinary: boolean): void;
  /** The client's credential is no longer good: the connection ends. */
  credentialEnded(why: EndOfCredential): void;
  /**
   * The client has shown another credential of its user, which calls see from now on. Resolves when the hub's
   * `onAuthenticationRefreshed` has run; rejects when it failed.
   */
  refreshed(user: User): Promise<void>;
  /** undefined: the connection ends with its transport. A connection becomes resumable with its handshake only. */
  readonly resumable: Resumable | undefined;
}

/** A connection that may outlive its transport (stateful reconnect). */
export interface Resumable {
  /** Whether another transport may replace the present or the last one. */
  readonly isResumable: boolean;
  /**
   * Counts a return of the client that is about to happen.
   *
   * @returns false when there were too many, or when messages that the client has not got are no longer kept: then the
   *   connection ends.
   */
  mayReturnNow(): boolean;
  /** Attaches another transport. The one before is closed, if it is still open, and not listened to any more. */
  attach(transport: Transport): void;
}

/**
 * Port of a transport: a duplex that writes frames to a client and receives chunks from it. A listener that sends every
 * chunk back shows the contract:
 *
 *     transport.listen({
 *       received: (chunk) => transport.write(framing.frame([chunk], chunk.length)),
 *       ponged() {},
 *       holding() {},
 *       drained() {},
 *       endRequested() {},
 *       closed() {},
 *     });
 */
export interface Transport {
  readonly name: TransportName;
  /**
   * Whether the transport itself shows both sides that the other is there: no pings and no client timeout are needed.
   */
  readonly keepsAlive: boolean;
  /** Framing for the records of a codec. With one record in each message it needs WebSockets. */
  framing(layout: RecordLayout): Framing;
  listen(listener: TransportListener): void;

  /** Bytes written that the kernel has not taken. */
  readonly buffered: number;
  /** A number that changes whenever the kernel takes bytes: a socket that never changes it is stalled. */
  readonly progress: number;
  /**
   * Whether a request or socket of the client is open. Between two polls there is none, and the transport is not
   * stalled.
   */
  readonly isAttached: boolean;
  /** Never blocks and never throws. After `close` it does nothing. */
  write(frame: Buffer): void;
  /** Writes a ping of the transport, behind everything that was written. Only WebSockets have one. */
  ping?(): void;

  /**
   * Stops reading, so that the client is slowed by its own kernel. Bytes that were read already still arrive, and the
   * rest of a body that has begun.
   */
  pause(): void;
  resume(): void;

  /** Ends in order, after everything that was written. A client that does not answer within 5 s is terminated. */
  close(code: number): void;
  /** Ends at once. */
  terminate(): void;
}

/** Time in which a client must answer the end of its transport (ASP.NET Core's CloseTimeout). */
export const CLOSE_TIMEOUT_MS = 5_000;
