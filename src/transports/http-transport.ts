import type { ServerResponse } from 'node:http';
import type { Posts } from './posts.ts';
import type { Transport } from './transport.ts';

/** A transport without a socket of its own: its client comes back with further requests. */
export interface HttpTransport extends Transport {
  readonly name: 'ServerSentEvents' | 'LongPolling';
  /** What its client sends. */
  readonly posts: Posts;
  /** Its client cannot come back any more; the connection may still have to be forgotten. */
  readonly isOver: boolean;
  /** Its client asks for the end. @returns false when it cannot be asked so. */
  delete(): boolean;
  /** One more GET. @returns false when it has been refused. */
  get(response: ServerResponse): boolean;
}
