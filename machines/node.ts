import { setup } from 'xstate';

export type NodeEvent =
  /** The first listener is bound, or attached to a server of the user's. */
  | { readonly type: 'listener.bound' }
  | { readonly type: 'close.requested' }
  /** The last connection is gone. */
  | { readonly type: 'connections.gone' }
  /** The time for draining is over. */
  | { readonly type: 'drain.timedOut' };

/** The life of a server process: what it may accept, and when it may stop. It never owns a connection. */
export const nodeMachine = setup({
  types: {
    events: {} as NodeEvent,
    tags: {} as 'accepting',
  },
  actions: {
    stopListening: () => {},
    /** Tells every hub actor. */
    drainConnections: () => {},
    /** Ends what has not finished in time. */
    endConnections: () => {},
    release: () => {},
  },
}).createMachine({
  id: 'node',
  initial: 'starting',
  states: {
    starting: {
      // A test, or a user with his own transport, may open connections without any listener.
      tags: 'accepting',
      on: { 'listener.bound': 'accepting', 'close.requested': 'draining' },
    },
    accepting: {
      tags: 'accepting',
      on: { 'close.requested': 'draining' },
    },
    draining: {
      entry: ['stopListening', 'drainConnections'],
      on: {
        'drain.timedOut': { actions: 'endConnections' },
        'connections.gone': 'stopped',
      },
    },
    stopped: { type: 'final', entry: 'release' },
  },
});
