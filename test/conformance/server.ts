// The server that the vectors are played against: every hub of theirs, and the few requests from outside.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../../src/clock.ts';
import { createServer, type HubContext, type HubOptions, type ProtocolName } from '../../src/index.ts';
import { attachEcho } from './echo-endpoint.ts';
import { Events } from './events.ts';
import { fullHub, type TestClient } from './hubs.ts';
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
import { tokenFor, userOf } from './tokens.ts';

const FAST = { handshakeTimeoutMs: 1_000, keepAliveIntervalMs: 1_000, clientTimeoutMs: 2_000, detailedErrors: true };
/** The original reads headers up to this length. */
const MAXIMUM_HEADER_BYTES = 32_768;

export interface ConformanceServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param how What the hubs speak: where the transcripts were recorded, MessagePack had to be added to be there. */
export async function startServer(
  how: { readonly protocols?: readonly ProtocolName[]; readonly clock?: Clock } = {},
): Promise<ConformanceServer> {
  const { protocols = ['json'], clock = systemClock } = how;
  const events = new Events();
  const plain = fullHub('plain', events);
  const testHub = (name: string, options: HubOptions = {}) =>
    fullHub(name, events, { detailedErrors: true, ...options });
  const asked = testHub('testhub');
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
      '/adminhub': fullHub('adminhub', events, { authorize: 'admin' }),
      '/testhub': asked,
      '/testhub-nowebsockets': testHub('testhub-nowebsockets', { transports: ['LongPolling', 'ServerSentEvents'] }),
      '/testhub-ws': testHub('testhub-ws', { transports: ['WebSockets'] }),
      '/testhub-sse': testHub('testhub-sse', { transports: ['ServerSentEvents'] }),
      '/testhub-lp': testHub('testhub-lp', { transports: ['LongPolling'] }),
      '/testhub-shortpoll': testHub('testhub-shortpoll', { pollTimeoutMs: 1_000 }),
    },
    hubOptions: { protocols },
    authenticate: userOf,
    origins: ['http://127.0.0.1:3000'],
    clock,
    logLevel: 'silent',
  });
  const from = { plain: server.context(plain), asked: server.context(asked) };
  const outside = (request: IncomingMessage, response: ServerResponse) => void answer(request, response, events, from);
  const http = createHttpServer({ maxHeaderSize: MAXIMUM_HEADER_BYTES }, outside);
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

/**
 * `/events`, `/jwt/USER?role=ROLE&seconds=LIFETIME`, `/clientresult/ID`, `/send/plain/WHOM/NAME/TEXT`, redirects; anything
 * else is not there.
 */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  events: Events,
  { plain, asked }: { readonly plain: HubContext<TestClient>; readonly asked: HubContext<TestClient> },
): Promise<void> {
  const base = `http://${request.headers.host}`;
  const { pathname, searchParams } = new URL(request.url ?? '/', base);
  const [what, ...rest] = pathname.slice(1).split('/').map(decodeURIComponent);
  if (what === 'events') return void response.end(JSON.stringify(events.lines));
  if (what === 'jwt') {
    const seconds = searchParams.get('seconds');
    const token = tokenFor(rest[0] ?? '', searchParams.get('role'), seconds === null ? undefined : Number(seconds));
    return void response.end(token);
  }
  if (what === 'clientresult') {
    const answered = asked.clients.client(rest[0] ?? '').invoke('Result');
    return void response.end(await answered.then(String, ({ message }: Error) => message));
  }
  if (what === 'redirect') return redirect(response, `${searchParams.get('baseUrl')}/testHub?numRedirects=1`);
  if (what === 'token-redirect') return redirect(response, `${base}/authorizedhub`, tokenFor('redirected', null));
  if (what !== 'send') return void response.writeHead(404, { 'content-length': 0 }).end();
  const [, whom = '', name = '', text = ''] = rest;
  await receivers(plain, whom, name).send('Message', text);
  response.end();
}

/** The answer to a negotiation that sends the client elsewhere: made by the application, there as here. */
function redirect(response: ServerResponse, url: string, accessToken?: string): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify({ url, accessToken }));
}

function receivers({ clients }: HubContext<TestClient>, whom: string, name: string) {
  if (whom === 'group') return clients.group(name);
  if (whom === 'user') return clients.user(name);
  if (whom === 'client') return clients.client(name);
  return clients.all;
}
