import type { WebSocket } from 'ws';

/**
 * Fields of ws's receiver (lib/receiver.js) about the bytes that it has got. ws emits whole messages only, so its
 * private fields are read here, and nowhere else. test/transports/unfinished-message.test.ts fails when another version
 * of ws gives them another meaning.
 */
interface Receiver {
  /** Part of a frame that is expected next. */
  readonly _state: number;
  /** Number of bytes that wait for the rest of that part. */
  readonly _bufferedBytes: number;
  /** Opcode of a message whose last fragment has not come; otherwise 0. */
  readonly _fragmented: number;
  /** Bytes of its fragments so far. */
  readonly _messageLength: number;
}

/** Value of `_state` before the first two bytes of a frame. */
const GET_INFO = 0;

/**
 * Kind of the part that a client has begun and not finished, after ws has read a chunk. `message`: whole fragments of
 * it have come, and pings and pongs may stand between them. `frame`: it has to end before another frame can begin.
 */
export function unfinishedPart(webSocket: WebSocket): 'nothing' | 'frame' | 'message' {
  const { _state, _bufferedBytes, _fragmented } = receiverOf(webSocket);
  if (_fragmented !== 0) return 'message';
  return _state === GET_INFO && _bufferedBytes === 0 ? 'nothing' : 'frame';
}

/** Number of bytes of it that ws keeps. */
export function unfinishedBytes(webSocket: WebSocket): number {
  const { _bufferedBytes, _messageLength } = receiverOf(webSocket);
  return _bufferedBytes + _messageLength;
}

function receiverOf(webSocket: WebSocket): Receiver {
  return (webSocket as unknown as { readonly _receiver: Receiver })._receiver;
}
