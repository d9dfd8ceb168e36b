import { setup } from 'xstate';

export type NodeEvent =
  /** The first listener is bound, or attached to an HTTP server of the user. */
  | { readonly type: 'listener.bound' }
  | { readonly type: 'close.requested' }
  /** The last connection has ended. */
  | { readonly type: 'connections.gone' }
  /** The time for draining is over. */
  | { readonly type: 'drain.timedOut' };

/** The life of a server: when it accepts connections, and when it may stop. It never owns a connection. */
export const nodeMachine = setup({
  types: {
    events: {} as NodeEvent,
    tags: {} as 'accepting',
  },
  actions: {
    stopListening: () => {},
    /** Tells every hub actor to drain. */
    drainConnections: () => {},
    /** Ends the connections that have not finished in time. */
    endConnections: () => {},
    release: () => {},
  },
}).createMachine({
  id: 'node',
  initial: 'starting',
  states: {
    starting: {
      // A test, or a user with their own transport, may open connections without a listener.
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
