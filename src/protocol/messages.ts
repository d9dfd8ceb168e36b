/**
 * The messages of the SignalR hub protocol, as data. Names and numbers are those of the specification
 * (dotnet/aspnetcore, docs/specs/HubProtocol.md, "Overview" and "JSON Encoding").
 */
export const MessageType = {
  /** A record that is no message, in a protocol that goes on all the same. The number is not used on the wire. */
  Malformed: -1,
  /**
   * A message of a type that this version of the protocol does not know, to be skipped. The number is not used on the
   * wire.
   */
  Unknown: 0,
  Invocation: 1,
  StreamItem: 2,
  Completion: 3,
  StreamInvocation: 4,
  CancelInvocation: 5,
  Ping: 6,
  Close: 7,
  Ack: 8,
  Sequence: 9,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** Whether stateful reconnect counts messages of this type, and sends them again after a loss. */
export function isTracked(type: MessageType): boolean {
  return type >= MessageType.Invocation && type <= MessageType.CancelInvocation;
}

/** A call. Without `invocationId` the caller does not wait for an answer, and none is sent. */
export interface InvocationMessage {
  readonly type: typeof MessageType.Invocation;
  readonly invocationId: string | undefined;
  readonly target: string;
  readonly arguments: readonly unknown[];
  readonly streamIds: readonly string[];
  /**
   * An argument cannot be read, for example because its text is not valid Unicode: the call can be answered, but not
   * bound.
   */
  readonly unbindable: boolean;
  /** The protocol has no uploads: `streamIds` is empty, whatever the method takes. */
  readonly hasNoUploads?: true;
  /** Length of its record; only where it counts (`rates.bytes`). Codecs make room for it. */
  bytes?: number | undefined;
}

/** A call of a stream. */
export interface StreamInvocationMessage {
  readonly type: typeof MessageType.StreamInvocation;
  readonly invocationId: string;
  readonly target: string;
  readonly arguments: readonly unknown[];
  readonly streamIds: readonly string[];
  readonly unbindable: boolean;
  readonly hasNoUploads?: true;
  /** Length of its record; only where it counts (`rates.bytes`). Codecs make room for it. */
  bytes?: number | undefined;
}

/**
 * One item of a stream: with the id of the stream when it is the client's, with the id of the call when it is the
 * server's.
 */
export interface StreamItemMessage {
  readonly type: typeof MessageType.StreamItem;
  readonly invocationId: string;
  readonly item: unknown;
  /** The item cannot be read, for example because its text is not valid Unicode. */
  readonly unbindable?: true;
  /** The record has no item. For an upload `item` is null then; for any other stream the message is not valid. */
  readonly isAbsent?: true;
  bytes?: number;
}

/**
 * The end of a call or a stream: an error, or a result (`undefined` is one, and is written as null: what a method
 * without a result gives), or neither, which is how a stream ends.
 */
export interface CompletionMessage {
  readonly type: typeof MessageType.Completion;
  readonly invocationId: string;
  readonly result?: unknown;
  readonly error?: string;
  /** The result cannot be read, for example because its text is not valid Unicode. */
  readonly unbindable?: true;
}

/** The caller does not need the rest of a call. */
export interface CancelInvocationMessage {
  readonly type: typeof MessageType.CancelInvocation;
  readonly invocationId: string;
}

/** Keeps the connection alive. */
export interface PingMessage {
  readonly type: typeof MessageType.Ping;
}

/** The last message of a side. Without `error` it is an end without a fault. */
export interface CloseMessage {
  readonly type: typeof MessageType.Close;
  readonly error?: string;
  readonly allowReconnect?: boolean;
  /** Name of the reason, when the server closes. Only envelopes of plain clients have it. */
  readonly reason?: string;
}

/** Stateful reconnect: everything up to `sequenceId` has arrived. */
export interface AckMessage {
  readonly type: typeof MessageType.Ack;
  readonly sequenceId: number;
}

/** Stateful reconnect: the number of the message that follows. */
export interface SequenceMessage {
  readonly type: typeof MessageType.Sequence;
  readonly sequenceId: number;
}

/** A record of any other type. */
export interface UnknownMessage {
  readonly type: typeof MessageType.Unknown;
}

/** A record that is no message. The connection goes on, and its client gets the answer. */
export interface MalformedMessage {
  readonly type: typeof MessageType.Malformed;
  /** What is wrong with it: nothing that the client has chosen. */
  readonly reason: string;
  /** The record of the answer, framing included. */
  readonly answer: Buffer;
}

export const UNKNOWN: UnknownMessage = Object.freeze({ type: MessageType.Unknown });

/** A call of a client's method by the server. The client answers it only when it has an `invocationId`. */
export interface ClientInvocation {
  readonly type: typeof MessageType.Invocation;
  readonly invocationId?: string;
  readonly target: string;
  readonly arguments: readonly unknown[];
}

/** A message from a client. */
export type ClientMessage =
  | InvocationMessage
  | StreamInvocationMessage
  | StreamItemMessage
  | CompletionMessage
  | CancelInvocationMessage
  | PingMessage
  | CloseMessage
  | AckMessage
  | SequenceMessage
  | UnknownMessage
  | MalformedMessage;

/** A message from the server. */
export type ServerMessage =
  | ClientInvocation
  | StreamItemMessage
  | CompletionMessage
  | PingMessage
  | CloseMessage
  | AckMessage
  | SequenceMessage;
