import type { WebSocket } from 'ws';

/**
 * Fields of ws's receiver (lib/receiver.js) about the bytes that it has got. ws tells of whole messages only, so this is asked
 * of its own fields; they are no part of its API, and are read nowhere else. test/transports/unfinished-message.test.ts
 * fails when another version of ws means something else by them.
 */
interface Receiver {
  /** Which part of a frame is expected next. */
  readonly _state: number;
  /** How many bytes wait for the rest of that part. */
  readonly _bufferedBytes: number;
  /** The opcode of a message of which some fragments have come, and not the last; otherwise 0. */
  readonly _fragmented: number;
  /** The bytes of those fragments. */
  readonly _messageLength: number;
}

/** The first two bytes of a frame. */
const GET_INFO = 0;

/**
 * The part that a client has begun and not finished, once ws has taken a chunk: a `message`, of which whole fragments have come
 * and between which it may send pings and pongs; a `frame`, which has to end before anything else can begin; or nothing.
 */
export function unfinishedPart(webSocket: WebSocket): 'nothing' | 'frame' | 'message' {
  const { _state, _bufferedBytes, _fragmented } = receiverOf(webSocket);
  if (_fragmented !== 0) return 'message';
  return _state === GET_INFO && _bufferedBytes === 0 ? 'nothing' : 'frame';
}

/** How many bytes of that ws keeps. */
export function unfinishedBytes(webSocket: WebSocket): number {
  const { _bufferedBytes, _messageLength } = receiverOf(webSocket);
  return _bufferedBytes + _messageLength;
}

function receiverOf(webSocket: WebSocket): Receiver {
  return (webSocket as unknown as { readonly _receiver: Receiver })._receiver;
}
