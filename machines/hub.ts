import { assign, setup } from 'xstate';
import type { CloseReason } from '../src/protocol/close.ts';

/** The part of a connection that the machine knows: its id. `provide()` gives the actions that use more of it. */
export interface OwnedConnection {
  readonly connectionId: string;
  /** Keeps sockets and buffers out of snapshots that are printed or inspected. */
  toJSON(): unknown;
}

export type HubEvent =
  /** The client's first record asks for a protocol that the hub supports, or the connection needs no handshake. */
  | { readonly type: 'handshake.accepted' }
  | { readonly type: 'handshake.refused'; readonly reason: CloseReason }
  | { readonly type: 'handshake.timedOut'; readonly reason: CloseReason }
  /** `onConnected` has resolved. */
  | { readonly type: 'connect.succeeded' }
  | { readonly type: 'connect.failed'; readonly reason: CloseReason }
  | { readonly type: 'keepAlive.due' }
  /** The lane has begun to hold messages back, or has written all of them. */
  | { readonly type: 'lane.congested' }
  | { readonly type: 'lane.relieved' }
  /** The client, a timer, a limit or the hub ends the connection. */
  | { readonly type: 'connection.ended'; readonly reason: CloseReason }
  /** The client's latest credential was revoked, or has expired (`closeOnAuthenticationExpiration`). */
  | { readonly type: 'credential.ended'; readonly reason: CloseReason }
  /** The server shuts down; running calls may still finish. */
  | { readonly type: 'node.draining'; readonly reason: CloseReason }
  /** The last running call of this connection has finished. */
  | { readonly type: 'calls.finished'; readonly reason: CloseReason }
  | { readonly type: 'drain.timedOut'; readonly reason: CloseReason }
  | { readonly type: 'transport.closed'; readonly reason: CloseReason }
  /** The transport was lost without a close, and its client may come back with another one (stateful reconnect). */
  | { readonly type: 'transport.lost'; readonly reason: CloseReason }
  | { readonly type: 'transport.attached' }
  /** The close sequence has finished. */
  | { readonly type: 'connection.closed' };

/**
 * The life of one connection. It gets transitions only, so an event may cost microseconds. Records and frames pass
 * through plain queues instead.
 */
export const hubMachine = setup({
  types: {
    context: {} as { readonly connection: OwnedConnection; readonly reason: CloseReason | null },
    events: {} as HubEvent,
    input: {} as { readonly connection: OwnedConnection },
  },
  actions: {
    acceptHandshake: () => {},
    cancelHandshake: () => {},
    connectHub: () => {},
    startReading: () => {},
    finishCalls: () => {},
    ping: () => {},
    awaitReturn: () => {},
    close: () => {},
    rememberReason: assign({
      reason: ({ context, event }) => context.reason ?? ('reason' in event ? event.reason : null),
    }),
  },
}).createMachine({
  id: 'hub',
  context: ({ input }) => ({ connection: input.connection, reason: null }),
  initial: 'alive',
  states: {
    alive: {
      initial: 'handshaking',
      on: {
        'connection.ended': { target: 'closing', actions: 'rememberReason' },
        'credential.ended': { target: 'closing', actions: 'rememberReason' },
        'transport.closed': { target: 'closing', actions: 'rememberReason' },
        'transport.lost': { target: 'closing', actions: 'rememberReason' },
        'drain.timedOut': { target: 'closing', actions: 'rememberReason' },
      },
      states: {
        handshaking: {
          on: {
            'handshake.accepted': { target: 'opening', actions: ['acceptHandshake', 'connectHub'] },
            'handshake.refused': { target: '#hub.closing', actions: 'rememberReason' },
            'handshake.timedOut': { target: '#hub.closing', actions: ['cancelHandshake', 'rememberReason'] },
            'credential.ended': { target: '#hub.closing', actions: ['cancelHandshake', 'rememberReason'] },
            'node.draining': { target: '#hub.closing', actions: 'rememberReason' },
          },
        },
        opening: {
          on: {
            'connect.succeeded': { target: 'open', actions: 'startReading' },
            'connect.failed': { target: '#hub.closing', actions: 'rememberReason' },
            'keepAlive.due': { actions: 'ping' },
            'transport.lost': 'detached.opening',
            'node.draining': { target: '#hub.closing', actions: 'rememberReason' },
          },
        },
        open: {
          initial: 'flowing',
          on: {
            'keepAlive.due': { actions: 'ping' },
            'transport.lost': 'detached.open',
            'node.draining': 'draining',
          },
          states: {
            flowing: { on: { 'lane.congested': 'congested' } },
            congested: { on: { 'lane.relieved': 'flowing' } },
          },
        },
        // The client has lost its transport, and may come back. The hub does not notice.
        detached: {
          entry: 'awaitReturn',
          on: {
            'connect.failed': { target: '#hub.closing', actions: 'rememberReason' },
            'node.draining': { target: '#hub.closing', actions: 'rememberReason' },
          },
          initial: 'open',
          states: {
            opening: {
              on: {
                'connect.succeeded': { target: 'open', actions: 'startReading' },
                'transport.attached': '#hub.alive.opening',
              },
            },
            open: { on: { 'transport.attached': '#hub.alive.open' } },
          },
        },
        draining: {
          entry: 'finishCalls',
          on: {
            'keepAlive.due': { actions: 'ping' },
            'calls.finished': { target: '#hub.closing', actions: 'rememberReason' },
          },
        },
      },
    },
    closing: {
      entry: 'close',
      on: { 'connection.closed': 'closed' },
    },
    closed: { type: 'final' },
  },
});
