import type { ProtocolError } from '../errors.ts';
import type { TransportName } from '../protocol/negotiate.ts';

/**
 * How a run of records is wrapped for a kind of transport. One object for each kind: lanes with the same framing share the
 * wrapped bytes.
 */
export interface Framing {
  /** @param length The bytes of all records together. */
  frame(records: readonly Uint8Array[], length: number): Buffer;
}

/** How a transport ended. `error`: what the client did wrong on the level of the transport itself. */
export interface TransportEnd {
  readonly by: 'client' | 'loss';
  readonly error?: ProtocolError;
}

/** Who listens to a transport: the connection it is attached to. */
export interface TransportListener {
  /** Bytes of the client, cut anywhere. */
  received(chunk: Buffer): void;
  /** The transport keeps so many bytes of a message without an end; 0: none any more. */
  holding(bytes: number): void;
  /** The kernel has taken what was written while `buffered` stood at or above the high-water mark. */
  drained(): void;
  /** The client asks for the end by a request of its own (DELETE); what is written before `close` still reaches it. */
  endRequested(): void;
  /** Exactly once: nothing comes any more, and nothing can be written. */
  closed(end: TransportEnd): void;
}

/** Port of a connection to the endpoint, which opens its transports. */
export interface ConnectionPort {
  /** Bytes that the client posted before it opened the transport. */
  received(chunk: Buffer): void;
  /** The client's credential has expired. */
  expired(): void;
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
 * One way in which bytes reach a client, by a duplex: write frames, receive chunks. An implementation that answers every
 * chunk with itself is the shortest description of the contract:
 *
 *     transport.listen({
 *       received: (chunk) => transport.write(framing.frame([chunk], chunk.length)),
 *       holding() {},
 *       drained() {},
 *       endRequested() {},
 *       closed() {},
 *     });
 */
export interface Transport {
  readonly name: TransportName;
  /** It shows by itself that its client is there, and the other way round: no pings, no client timeout. */
  readonly keepsAlive: boolean;
  framing(format: 'Text' | 'Binary'): Framing;
  listen(listener: TransportListener): void;

  /** Bytes written that the kernel has not taken. */
  readonly buffered: number;
  /** A number that changes whenever the kernel takes bytes: a socket that never changes it is stalled. */
  readonly progress: number;
  /** Whether somebody is there to take bytes. Nobody is between two polls, and then nobody is stalled. */
  readonly isAttached: boolean;
  /** Never blocks and never throws. After `close` it does nothing. */
  write(frame: Buffer): void;

  /**
   * Stop reading, so that the client is slowed by its own kernel; at most what was read already still arrives, and the rest
   * of a body that has begun.
   */
  pause(): void;
  resume(): void;

  /** Ends it in order, behind everything written; a client that does not answer within 5 s is cut. */
  close(code: number): void;
  /** Cuts it at once. */
  terminate(): void;
}

/** How long a client may take to answer the end of its transport (ASP.NET Core's CloseTimeout). */
export const CLOSE_TIMEOUT_MS = 5_000;
