// Handshakes and connections that are refused or ended, in memory, with two connections each.

import { expect } from 'vitest';
import { z } from 'zod';
import { RETURN_MS } from '../../src/connection/stateful-reconnect/detached-connections.ts';
import type { DetachedConnectionsOptions } from '../../src/connection/stateful-reconnect/detached-limits.ts';
import { HubError, ProtocolError } from '../../src/errors.ts';
import { method, setupHub } from '../../src/index.ts';
import { CLOSE_REASONS } from '../../src/protocol/close.ts';
import { errorTexts } from '../../src/protocol/error-texts.ts';
import { TRANSPORT_NAMES } from '../../src/protocol/negotiate.ts';
import type { RefusalKind } from '../../src/refusal-kinds.ts';
import { TOO_MANY_FRAMES } from '../../src/transports/frame-budget.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer, type Peer } from '../support/memory-server.ts';
import { MARK, type RefusalCase, twice } from './refusal-case.ts';

const hub = (onConnected: () => void) =>
  setupHub({ client: {} as { Heard(text: string): void } }).createHub({
    onConnected,
    methods: {
      Echo: method([z.string()], (_hub, text) => text),
      Flood: method([z.int()], async (hub, count) => {
        for (let n = 0; n < count; n++) hub.clients.caller.send('Heard', MARK);
      }),
    },
  });

interface Ways {
  /** Before the handshake. */
  readonly open?: (server: MemoryServer) => Peer;
  readonly handshake?: (peer: Peer) => void;
  readonly onConnected?: () => void;
  readonly detachedConnections?: DetachedConnectionsOptions;
}

function ended(fields: object, end: (peer: Peer, server: MemoryServer) => unknown, ways: Ways = {}): RefusalCase {
  const { open = (server) => server.open(), handshake = ({ client }) => client.handshake() } = ways;
  return {
    fields: { hub: '/hub', connectionId: expect.stringMatching(/^c[01]$/), ...fields },
    provoke: async (log) => {
      const hubOptions = { slowConsumer: { limitMessages: 10, highWaterBytes: 1_000, stallMs: 1_000 } };
      const server = new MemoryServer(hub(ways.onConnected ?? (() => {})), {
        log,
        hubOptions,
        detachedConnections: ways.detachedConnections ?? {},
      });
      await twice(async () => {
        const peer = open(server);
        handshake(peer);
        await server.settle();
        await end(peer, server);
        await server.settle();
      });
      await server.pass(30_000);
    },
  };
}

const says =
  (text: string) =>
  ({ client }: Peer): void =>
    client.send(text);

export const REFUSED_CONNECTIONS = {
  'handshake-late': ended({ option: 'handshakeTimeoutMs', limitMs: 15_000 }, (_peer, server) => server.pass(15_200), {
    handshake: () => {},
  }),
  'handshake-refused': ended({ option: 'protocols', reason: 'Its hub does not speak the protocol.' }, () => {}, {
    handshake: says(`{"protocol":"${MARK}","version":1}\x1e`),
  }),
  'connect-refused': ended({}, () => {}, {
    onConnected: () => {
      throw new HubError(MARK);
    },
  }),
  'connection-silent': ended({ option: 'clientTimeoutMs' }, async ({ client }, server) => {
    client.ping();
    await server.pass(31_000);
  }),
  'connection-slow': ended(
    { option: 'slowConsumer', reason: expect.stringContaining('slowConsumer.') },
    async ({ client }, server) => {
      client.stall();
      client.invoke('Flood', [1_000]);
      await server.pass(3_000);
      client.cut();
    },
  ),
  'protocol-broken': ended({ reason: 'A header is no text.' }, ({ client }) =>
    client.sendRecord({ type: 1, target: MARK, arguments: [MARK], headers: { [MARK]: 1 } }),
  ),
  'message-too-long': ended({ option: 'maximumReceiveMessageBytes' }, ({ client }) =>
    client.invoke('Echo', [MARK.repeat(10_000)]),
  ),
  'credential-expired': ended(
    { option: 'closeOnAuthenticationExpiration', reason: CLOSE_REASONS.expired.text },
    ({ connection }) => connection.credentialEnded('expired'),
  ),
  'credential-revoked': ended({ reason: CLOSE_REASONS.unauthorized.text }, ({ connection }) =>
    connection.credentialEnded('unauthorized'),
  ),
  'not-kept': ended(
    { reason: `The client has not come back within ${RETURN_MS} ms.` },
    async ({ client }, server) => {
      client.cut();
      await server.pass(RETURN_MS + 500);
    },
    { open: (server) => server.openReturning() },
  ),
} satisfies Partial<Record<RefusalKind, RefusalCase>>;

/** Further causes of such refusals. */
export const OTHER_REFUSED_CONNECTIONS: readonly (readonly [what: string, kind: RefusalKind, case_: RefusalCase])[] = [
  [
    'a newer version',
    'handshake-refused',
    ended({ reason: 'The version of the protocol is above 2.' }, () => {}, {
      handshake: says('{"protocol":"json","version":99}\x1e'),
    }),
  ],
  [
    'a protocol that its transport cannot carry',
    'handshake-refused',
    ended({ reason: errorTexts.formatNotSupported('messagepack', 'Binary'), option: 'transports' }, () => {}, {
      open: (server) => server.openEventStream() as unknown as Peer,
      handshake: says('{"protocol":"messagepack","version":1}\x1e'),
    }),
  ],
  [
    'a handshake that is none',
    'handshake-refused',
    ended({ reason: 'Error reading JSON.' }, () => {}, { handshake: says(`${MARK}\x1e`) }),
  ],
  [
    'a handshake that is too long',
    'handshake-refused',
    ended({ option: 'maximumReceiveMessageBytes' }, () => {}, { handshake: says(MARK.repeat(10_000)) }),
  ],
  ...TRANSPORT_NAMES.map(
    (over) =>
      [
        `over ${over}`,
        'message-too-long',
        ended({ option: 'maximumReceiveMessageBytes' }, ({ client }) => client.invoke('Echo', [MARK.repeat(10_000)]), {
          open: (server) => server.openOver(over) as Peer,
        }),
      ] as const,
  ),
  [
    'in MessagePack',
    'message-too-long',
    ended({ option: 'maximumReceiveMessageBytes' }, ({ client }) => client.invoke('Echo', [MARK.repeat(10_000)]), {
      handshake: ({ client }) => {
        client.protocol = clientProtocol('messagepack');
        client.handshake();
      },
    }),
  ],
  [
    'a bound on what is kept',
    'not-kept',
    ended({ reason: expect.stringContaining('detachedConnections.limitConnections') }, ({ client }) => client.cut(), {
      open: (server) => server.openReturning(),
      detachedConnections: { limitConnections: 0 },
    }),
  ],
  [
    'what breaks the rules of WebSockets',
    'protocol-broken',
    ended({ reason: TOO_MANY_FRAMES }, ({ client }) => client.fail(new ProtocolError(TOO_MANY_FRAMES))),
  ],
  [
    'a record that cannot be read',
    'protocol-broken',
    ended({ reason: 'Error reading JSON.' }, ({ client }) => client.sendGarbage(`{"type":1,"${MARK}"`)),
  ],
];
