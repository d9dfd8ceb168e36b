/** How a server wants to be spoken to. All messages are whole, without their frames, a character for each byte (latin1). */
export interface Dialect {
  readonly path: string;
  /** What a client says first, once the upgrade has been answered. */
  readonly greeting: string | undefined;
  /** Asks for the connection's id, where the server does not say it unasked. */
  readonly askId: string | undefined;
  /** Of the frames in which a client speaks. */
  readonly opcode: number;
  /** Where the message ends that begins here: several may stand in one frame, which ends at `end`. */
  endOf(bytes: Buffer, start: number, end: number): number;
  /** Whether this message says that the connection is ready. */
  isWelcome(message: string): boolean;
  /** The connection's id, when this message says it. */
  idIn(message: string): string | undefined;
  /** What has to be answered to this message, if anything. */
  replyTo(message: string): string | undefined;

  echo(id: number, data: string): string;
  broadcast(data: string): string;
  whisper(to: string, data: string): string;
  join(id: number, group: string): string;
  toGroup(group: string, data: string): string;

  /** What a receiver gets of a broadcast, a whisper or a message to its group. */
  delivery(data: string): string;
  /** The answer to an echo. */
  echoed(id: number, data: string): string;
  joined(id: number): string;
}

export const DIALECTS = ['signalr', 'messagepack', 'socket.io', 'plain'] as const;
export type DialectName = (typeof DIALECTS)[number];
