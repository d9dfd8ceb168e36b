import type { Server, ServerResponse } from 'node:http';

/** HTTP servers on which servers of ours drain, with their number: several may be attached to one. */
const draining = new WeakMap<object, number>();

/** A socket with its HTTP server, which Node's types lack. */
interface ServerSocket {
  readonly server?: object | null;
}

/**
 * Lets each answer of ours on an HTTP server end its connection (`Connection: close`), so that no client or load
 * balancer sends a further request over it (RFC 9112, section 9.6).
 *
 * @returns a function that ends this.
 */
export function endKeepAlive(http: Server): () => void {
  draining.set(http, (draining.get(http) ?? 0) + 1);
  return () => {
    const left = (draining.get(http) ?? 1) - 1;
    if (left === 0) draining.delete(http);
    else draining.set(http, left);
  };
}

/** To be called before the head of an answer is written. Has an effect while `endKeepAlive` has one. */
export function lastIfDraining(response: ServerResponse): void {
  const { server } = response.req.socket as ServerSocket;
  if (server != null && draining.has(server)) response.shouldKeepAlive = false;
}
