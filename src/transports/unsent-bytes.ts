import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface RawSocket extends Socket {
  /** libuv's count of the bytes that the kernel has not taken; Node's socket timeout uses it for the same purpose. */
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/** Bytes of an answer that the kernel has not taken, as exactly as possible: a change shows that it takes some. */
export function unsentBytes(response: ServerResponse): number {
  const socket = response.socket as RawSocket | null;
  return response.writableLength + (socket?._handle?.writeQueueSize ?? 0);
}
