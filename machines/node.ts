import { setup } from 'xstate';

export type NodeEvent =
  /** The first listener is bound, or attached to an HTTP server of the user. */
  | { readonly type: 'listener.bound' }
  /** The server is to close after a delay, in which load balancers notice it. */
  | { readonly type: 'close.announced' }
  /** The server is to close now: there was no delay, or it is over. */
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
    /** Lets every HTTP answer end its connection, and closes idle ones. */
    endKeepAlive: () => {},
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
      // Nothing to announce: nobody asks yet whether it is ready.
      on: { 'listener.bound': 'accepting', 'close.requested': 'draining' },
    },
    accepting: {
      tags: 'accepting',
      on: { 'close.announced': 'retiring', 'close.requested': 'draining' },
    },
    /** It is not ready any more, so that load balancers turn to others. Everything else goes on. */
    retiring: {
      tags: 'accepting',
      on: { 'close.requested': 'draining' },
    },
    draining: {
      entry: ['endKeepAlive', 'drainConnections'],
      on: {
        'drain.timedOut': { actions: 'endConnections' },
        'connections.gone': 'stopped',
      },
    },
    stopped: { type: 'final', entry: 'release' },
  },
});
