import { setup } from 'xstate';

export type BackplaneLinkEvent =
  /** The backplane is connected. Nothing is subscribed. */
  | { readonly type: 'connection.opened' }
  /** The connection is lost, or could not be made. The backplane tries again by itself. */
  | { readonly type: 'connection.lost' }
  /** The node has its lease, all its channels are subscribed, and it hears its own beacon. */
  | { readonly type: 'sync.finished' }
  /** Something of that has failed, then or later. */
  | { readonly type: 'sync.failed' }
  /** The node has not heard its own beacon in time: what others send does not arrive, either. */
  | { readonly type: 'beacon.missed' }
  /** The server closes, and its last connection is gone. */
  | { readonly type: 'close.requested' }
  /** The other nodes have been told. */
  | { readonly type: 'farewell.sent' };

/** In every state before `draining`. */
const CLOSE = { 'close.requested': 'draining' } as const;

/** The link of one server to its backplane, and so to the other nodes. */
export const backplaneLinkMachine = setup({
  types: {
    events: {} as BackplaneLinkEvent,
    tags: {} as 'connected',
  },
  actions: {
    /** Takes the lease, subscribes to everything, and sends a beacon. */
    synchronise: () => {},
    /** Drops the connection, which is not trusted, and makes a new one. */
    reconnect: () => {},
    /** Tells that the node is one of several now. */
    announceLinked: () => {},
    /** Ends everything that needs the connection. */
    disconnect: () => {},
    /** Tells the other nodes that this one ends. */
    sayFarewell: () => {},
    release: () => {},
  },
}).createMachine({
  id: 'backplane-link',
  initial: 'connecting',
  states: {
    connecting: {
      on: { 'connection.opened': 'syncing', 'connection.lost': 'broken', ...CLOSE },
    },
    syncing: {
      tags: 'connected',
      entry: 'synchronise',
      on: {
        'sync.finished': 'linked',
        'sync.failed': 'deaf',
        'beacon.missed': 'deaf',
        'connection.lost': 'broken',
        ...CLOSE,
      },
    },
    linked: {
      tags: 'connected',
      entry: 'announceLinked',
      on: { 'sync.failed': 'deaf', 'beacon.missed': 'deaf', 'connection.lost': 'broken', ...CLOSE },
    },
    /** The connection seems to be there, and nothing comes. It is made anew. */
    deaf: {
      entry: ['disconnect', 'reconnect'],
      on: { 'connection.lost': 'broken', 'connection.opened': 'syncing', ...CLOSE },
    },
    /** There is no connection. The nodes serve their own clients meanwhile. */
    broken: {
      entry: 'disconnect',
      on: { 'connection.opened': 'syncing', ...CLOSE },
    },
    draining: {
      entry: 'sayFarewell',
      on: { 'farewell.sent': 'closed' },
    },
    closed: { type: 'final', entry: 'release' },
  },
});
