// What a test says to a node in a process of its own, and hears of it.
import type { ServerOptions } from '../../src/index.ts';
import type { SessionRecord } from '../../src/storage/session-store.ts';

/** Options of `createServer` that JSON can write. */
export type NodeOptions = Pick<
  ServerOptions,
  'backplane' | 'backplaneSecret' | 'nodeId' | 'onOutage' | 'readyWhenDegraded' | 'leaseMs' | 'hubOptions'
> & { readonly storage?: string };

/** What a node tells by itself. */
export type NodeEvent =
  | { readonly type: 'gap'; readonly group: string }
  /** The kind, the key and the holder. */
  | { readonly type: 'presence'; readonly change: string }
  | { readonly type: 'line'; readonly level: 'info' | 'warn' | 'error'; readonly text: string; readonly data: object };

export type Receivers = readonly [to: 'all'] | readonly [to: 'group' | 'user' | 'connection', name: string];

/** How a node stands among the others. */
export interface NodeStatus {
  readonly state: string;
  readonly gaps: number;
  /** Ids of the other nodes that it knows. */
  readonly others: readonly string[];
  /** Part and severity of each. */
  readonly problems: readonly string[];
  readonly unshared: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Name of its own channel. */
  readonly inbox: string;
  readonly connections: number;
  /** Questions and invocations that have not ended. */
  readonly waiting: number;
}

/** Requests: their arguments, and the types of their answers. */
export interface NodeRequests {
  listen: [[], number];
  status: [[], NodeStatus];
  /** Resolves when it is linked, and knows so many others. */
  linkedWith: [[others: number], NodeStatus];
  unlinked: [[], NodeStatus];
  /** Sends one message for each text. */
  send: [[to: Receivers, texts: readonly string[]], unknown];
  /** Sends messages as fast as it can. */
  burst: [[to: Receivers, count: number, bytes: number], unknown];
  /** Invokes a client. */
  ask: [[connectionId: string, text: string], string];
  /** Tells the progress of a task to those who have subscribed to it. */
  progress: [[taskId: string, percentComplete: number], unknown];
  count: [[], number];
  find: [[], readonly string[]];
  revoke: [[credentialId: string], number];
  sessions: [[], readonly SessionRecord[]];
  wallNow: [[], number];
  close: [[], unknown];
}
