import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface RawSocket extends Socket {
  /** libuv's own count of what the kernel has not taken; Node's socket timeout looks at it for the same purpose. */
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/** Bytes of an answer that the kernel has not taken, as finely as can be known: for seeing whether it takes any. */
export function unsentBytes(response: ServerResponse): number {
  const socket = response.socket as RawSocket | null;
  return response.writableLength + (socket?._handle?.writeQueueSize ?? 0);
}
