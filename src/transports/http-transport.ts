import type { ServerResponse } from 'node:http';
import type { Posts } from './posts.ts';
import type { Transport } from './transport.ts';

/** A transport without a socket of its own: the client sends further requests. */
export interface HttpTransport extends Transport {
  readonly name: 'ServerSentEvents' | 'LongPolling';
  /** Bodies of the client's POSTs. */
  readonly posts: Posts;
  /** Whether further requests are refused; the connection may still be closing. */
  readonly isOver: boolean;
  /** The client asks for the end of the connection. @returns false when this transport does not support DELETE. */
  delete(): boolean;
  /** Takes one more GET. @returns false when it has been refused. */
  get(response: ServerResponse): boolean;
}
