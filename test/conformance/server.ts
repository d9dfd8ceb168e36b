// The server that the vectors are played against: every hub of theirs, and the few requests from outside.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type HubContext, type ProtocolName } from '../../src/index.ts';
import { Events } from './events.ts';
import { fullHub, type TestClient } from './hubs.ts';
import {
  askedHub,
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

export interface ConformanceServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param protocols What the hubs speak. Where the transcripts were recorded, MessagePack had to be added to be there. */
export async function startServer(protocols: readonly ProtocolName[] = ['json']): Promise<ConformanceServer> {
  const events = new Events();
  const plain = fullHub('plain', events);
  const asked = askedHub();
  const server = createServer({
    hubs: {
      '/plain': plain,
      '/detailed': fullHub('detailed', events, { detailedErrors: true }),
      '/fast': fullHub('fast', events, FAST),
      '/small': fullHub('small', events, { maximumReceiveMessageBytes: 300, detailedErrors: true }),
      '/parallel': fullHub('parallel', events, { maximumParallelInvocationsPerClient: 2 }),
      '/filtered': fullHub('filtered', events, { filters: [skippingFilter] }),
      '/mode': modeHub('mode', events),
      '/traced': modeHub('traced', events, [tracingFilter('outer', events), tracingFilter('inner', events)]),
      '/testhub': asked,
      '/refusing': refusingHub(secretRefusal),
      '/refusing-hub-exception': refusingHub(visibleRefusal),
      '/uncreatable': uncreatableHub(),
      '/authorizedhub': authorizedHub(),
      '/standin-binary': binaryHub(),
    },
    hubOptions: { protocols },
    authenticate: userOf,
    logLevel: 'silent',
  });
  const from = { plain: server.context(plain), asked: server.context(asked) };
  const http = createHttpServer((request, response) => void answer(request, response, events, from));
  await server.attach(http);
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

/** `/events`, `/jwt/USER?role=ROLE`, `/clientresult/ID`, `/send/plain/WHOM/NAME/TEXT`; anything else is not there. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  events: Events,
  { plain, asked }: { readonly plain: HubContext<TestClient>; readonly asked: HubContext<{ Result(): number }> },
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://test');
  const [what, ...rest] = pathname.slice(1).split('/').map(decodeURIComponent);
  if (what === 'events') return void response.end(JSON.stringify(events.lines));
  if (what === 'jwt') return void response.end(tokenFor(rest[0] ?? '', searchParams.get('role')));
  if (what === 'clientresult') {
    const answered = asked.clients.client(rest[0] ?? '').invoke('Result');
    return void response.end(await answered.then(String, ({ message }: Error) => message));
  }
  if (what !== 'send') return void response.writeHead(404, { 'content-length': 0 }).end();
  const [, whom = '', name = '', text = ''] = rest;
  await receivers(plain, whom, name).send('Message', text);
  response.end();
}

function receivers({ clients }: HubContext<TestClient>, whom: string, name: string) {
  if (whom === 'group') return clients.group(name);
  if (whom === 'user') return clients.user(name);
  if (whom === 'client') return clients.client(name);
  return clients.all;
}
