// The server that the vectors are played against: all their hubs, attached to the server of an application.
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../../src/clock.ts';
import { createServer, type HubOptions, type ProtocolName } from '../../src/index.ts';
import { applicationOf } from './application.ts';
import { attachEcho } from './echo-endpoint.ts';
import { Events } from './events.ts';
import { fullHub } from './hubs.ts';
import {
  authorizedHub,
  binaryHub,
  modeHub,
  refusingHub,
  secretRefusal,
  skippingFilter,
  tracingFilter,
  uncreatableHub,
  visibleRefusal,
} from './special-hubs.ts';
import { userOf } from './tokens.ts';

const FAST = { handshakeTimeoutMs: 1_000, keepAliveIntervalMs: 1_000, clientTimeoutMs: 2_000, detailedErrors: true };
/** Limit of ASP.NET Core for the length of all headers. */
const MAXIMUM_HEADER_BYTES = 32_768;

/** Number of servers on which the transcripts of a test file are played side by side. */
export const SERVERS = 5;

export interface ConformanceServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param how Protocols of the hubs. Some transcripts are about a hub without MessagePack. */
export async function startServer(
  how: { readonly protocols?: readonly ProtocolName[]; readonly clock?: Clock } = {},
): Promise<ConformanceServer> {
  const { protocols = ['json'], clock = systemClock } = how;
  const events = new Events();
  const plain = fullHub('plain', events);
  const testHub = (name: string, options: HubOptions = {}) =>
    fullHub(name, events, { detailedErrors: true, ...options });
  const testhub = testHub('testhub');
  const server = createServer({
    hubs: {
      '/plain': plain,
      '/detailed': fullHub('detailed', events, { detailedErrors: true }),
      '/fast': fullHub('fast', events, FAST),
      '/small': fullHub('small', events, { maximumReceiveMessageBytes: 300, detailedErrors: true }),
      '/large': fullHub('large', events, { maximumReceiveMessageBytes: 1_048_576 }),
      '/parallel': fullHub('parallel', events, { maximumParallelInvocationsPerClient: 2 }),
      '/filtered': fullHub('filtered', events, { filters: [skippingFilter] }),
      '/sendtimeout': fullHub('sendtimeout', events, { slowConsumer: { stallMs: 1_000 } }),
      '/stateful': fullHub('stateful', events, { allowStatefulReconnects: true }),
      '/stateful-small': fullHub('stateful-small', events, {
        allowStatefulReconnects: true,
        statefulReconnectBufferBytes: 500,
      }),
      '/mode': modeHub('mode', events),
      '/traced': modeHub('traced', events, [tracingFilter('outer', events), tracingFilter('inner', events)]),
      '/refusing': refusingHub(secretRefusal),
      '/refusing-hub-exception': refusingHub(visibleRefusal),
      '/uncreatable': uncreatableHub(),
      '/authorizedhub': authorizedHub(),
      '/standin-binary': binaryHub(),
      '/authstaying': fullHub('authstaying', events, { authorize: 'authenticated' }),
      '/authexpiring': fullHub('authexpiring', events, {
        authorize: 'authenticated',
        closeOnAuthenticationExpiration: true,
      }),
      '/adminhub': fullHub('adminhub', events, { authorize: 'admin' }),
      '/testhub': testhub,
      '/testhub-nowebsockets': testHub('testhub-nowebsockets', { transports: ['LongPolling', 'ServerSentEvents'] }),
      '/testhub-ws': testHub('testhub-ws', { transports: ['WebSockets'] }),
      '/testhub-sse': testHub('testhub-sse', { transports: ['ServerSentEvents'] }),
      '/testhub-lp': testHub('testhub-lp', { transports: ['LongPolling'] }),
      '/testhub-v1': testHub('testhub-v1', { minimumNegotiateVersion: 1 }),
      '/testhub-shortpoll': testHub('testhub-shortpoll', { pollTimeoutMs: 1_000 }),
    },
    hubOptions: { protocols },
    authenticate: (request) => userOf(clock.wallNow(), request),
    origins: ['http://127.0.0.1:3000'],
    clock,
    logLevel: 'silent',
  });
  const from = { plain: server.context(plain), testhub: server.context(testhub) };
  const http = createHttpServer({ maxHeaderSize: MAXIMUM_HEADER_BYTES }, applicationOf(events, from, clock));
  await server.attach(http);
  attachEcho(http, clock);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    port: (http.address() as AddressInfo).port,
    async close() {
      await server.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
