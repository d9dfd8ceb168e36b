import type { Transport } from '../transports/transport.ts';

/** The client at the other end of a transport. */
export interface FarEnd {
  /** Sends one record, with its separator. */
  send(record: string): void;
  /** Number of characters in all records that it has read. */
  readonly length: number;
  /** Returns the text of all records that it has read, without any framing. */
  text(): string;
  /** Stops reading. What the server writes fills the kernels, and then the transport. */
  stall(): void;
  /** Reads everything again. */
  flow(): void;
  /** Leaves at once, without a word. */
  cut(): void;
  /** Whether it knows that its transport has ended. */
  readonly isEnded: boolean;
}

/** A transport that has just been opened, and its client. Nobody listens to it yet. */
export interface OpenedTransport {
  readonly transport: Transport;
  readonly client: FarEnd;
  /** Resolves after a turn of the event loop, with everything that is due in it. */
  turn(): Promise<void>;
  /** Lets time pass. Only for a kind that `hasSimulatedTime`. */
  pass(ms: number): void;
  /** Ends everything that is still open, its server included. */
  dispose(): Promise<void>;
}

/** An implementation of the port `Transport`, as its contract needs it. */
export interface TransportKind {
  /** Opens a transport whose `drained` begins at this number of buffered bytes, and connects a client. */
  open(highWaterBytes: number): Promise<OpenedTransport>;
  /** Whether it has messages, so that each record of the client's `send` is one. */
  readonly hasMessages: boolean;
  /** More bytes than the kernels of both sides take for a client that does not read; 0 without a kernel. */
  readonly kernelBytes: number;
  /** Whether `pass` moves the clock of the time limit of `close`. */
  readonly hasSimulatedTime: boolean;
}
