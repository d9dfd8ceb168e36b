/**
 * The messages of the SignalR hub protocol, as data. Names and numbers are those of the specification
 * (dotnet/aspnetcore, docs/specs/HubProtocol.md, "Overview" and "JSON Encoding").
 */
export const MessageType = {
  /** Of a type that this version of the protocol does not know: to be skipped. No message has this number on the wire. */
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

/** A call. Without `invocationId` nobody waits for an answer, and none is ever sent. */
export interface InvocationMessage {
  readonly type: typeof MessageType.Invocation;
  readonly invocationId: string | undefined;
  readonly target: string;
  readonly arguments: readonly unknown[];
  readonly streamIds: readonly string[];
  /** An argument cannot be read, its text is no Unicode for example: the call can be answered, but not bound. */
  readonly unbindable: boolean;
}

/** A call whose answer is a stream. */
export interface StreamInvocationMessage {
  readonly type: typeof MessageType.StreamInvocation;
  readonly invocationId: string;
  readonly target: string;
  readonly arguments: readonly unknown[];
  readonly streamIds: readonly string[];
  readonly unbindable: boolean;
}

/** One item of a stream: of the client's with the id of that stream, of the server's with the id of the call. */
export interface StreamItemMessage {
  readonly type: typeof MessageType.StreamItem;
  readonly invocationId: string;
  readonly item: unknown;
  /** The item cannot be read, its text is no Unicode for example. */
  readonly unbindable?: true;
  /** The record has no item: to an upload it is the `null` that `item` says, for anything else it is broken. */
  readonly isAbsent?: true;
}

/**
 * The end of a call or a stream: an error, or a result (`undefined` is one, and is written as null: what a method without a
 * result gives), or neither, which is how a stream ends.
 */
export interface CompletionMessage {
  readonly type: typeof MessageType.Completion;
  readonly invocationId: string;
  readonly result?: unknown;
  readonly error?: string;
  /** The result cannot be read, its text is no Unicode for example. */
  readonly unbindable?: true;
}

/** The caller is no longer interested. */
export interface CancelInvocationMessage {
  readonly type: typeof MessageType.CancelInvocation;
  readonly invocationId: string;
}

/** Keeps the connection alive. */
export interface PingMessage {
  readonly type: typeof MessageType.Ping;
}

/** The last message of a side. `error` absent: an end without fault. */
export interface CloseMessage {
  readonly type: typeof MessageType.Close;
  readonly error?: string;
  readonly allowReconnect?: boolean;
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

/** A record whose type is none of these. */
export interface UnknownMessage {
  readonly type: typeof MessageType.Unknown;
}

export const UNKNOWN: UnknownMessage = Object.freeze({ type: MessageType.Unknown });

/** A call of the client's method by the server; only with an `invocationId` an answer is wanted. */
export interface ClientInvocation {
  readonly type: typeof MessageType.Invocation;
  readonly invocationId?: string;
  readonly target: string;
  readonly arguments: readonly unknown[];
}

/** What a client may send. */
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
  | UnknownMessage;

/** What the server sends. */
export type ServerMessage =
  | ClientInvocation
  | StreamItemMessage
  | CompletionMessage
  | PingMessage
  | CloseMessage
  | AckMessage
  | SequenceMessage;
