/**
 * The messages of one protocol, for the load generator. All messages are whole, without their frames, one character for
 * each byte (latin1).
 */
export interface Dialect {
  readonly path: string;
  /** First message of a client after the answer to the upgrade, if the protocol has one. */
  readonly handshake: string | undefined;
  /** Message that requests the connection id; undefined: the server sends it without a request. */
  readonly askId: string | undefined;
  /** Opcode of the client's WebSocket frames. */
  readonly opcode: number;
  /** End of the message that begins at `start`. A frame, which ends at `end`, may contain several messages. */
  endOf(bytes: Buffer, start: number, end: number): number;
  /** Whether this message tells that the connection is ready. */
  isReady(message: string): boolean;
  /** The connection id, if this message contains it. */
  idIn(message: string): string | undefined;
  /** Message with which a client that sends nothing else says that it is there; undefined: the server asks for it. */
  readonly ping: string | undefined;
  /** The reply that the server expects to this message, if any. */
  replyTo(message: string): string | undefined;

  echo(id: number, data: string): string;
  broadcast(data: string): string;
  whisper(to: string, data: string): string;
  join(id: number, group: string): string;
  toGroup(group: string, data: string): string;

  /** Message to a receiver of a broadcast, a whisper or a message to its group. */
  delivery(data: string): string;
  /** The answer to an echo. */
  echoed(id: number, data: string): string;
  /** Beginning of the answer to a join, which may end with a time. */
  joined(id: number): string;
}

export const DIALECTS = ['signalr', 'messagepack', 'socket.io', 'bare'] as const;
export type DialectName = (typeof DIALECTS)[number];
