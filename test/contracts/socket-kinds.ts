import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { LongPoll } from '../../src/actors/long-poll.ts';
import { Supervisor } from '../../src/actors/supervisor.ts';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import type { ConnectionId } from '../../src/ids.ts';
import { LogLimit } from '../../src/log-limit.ts';
import { defer } from '../../src/promises.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import type { FarEnd, TransportKind } from '../../src/testing/transport-kind.ts';
import type { HttpTransport } from '../../src/transports/http-transport.ts';
import { LongPollingTransport } from '../../src/transports/long-polling.ts';
import { Posts } from '../../src/transports/posts.ts';
import { ServerSentEventsTransport } from '../../src/transports/server-sent-events.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { WebSocketAcceptor } from '../../src/transports/websocket-acceptor.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { EventStreamReader, Poller, WebSocketReader } from './socket-clients.ts';

const KERNEL_BYTES = 8_388_608;
const MAXIMUM_BYTES = 1_048_576;
const OVER_HTTP = { hasMessages: false, hasSimulatedTime: true };

/** A transport of `src/transports` behind a server of Node's, without a hub, and a client made of sockets. */
interface Served {
  readonly transport: Transport;
  readonly client: FarEnd;
}

/** The parts of a server that its transport needs. */
interface Parts {
  readonly server: Server;
  readonly port: number;
  readonly clock: SimulatedClock;
  readonly wheel: TimerWheel;
  readonly highWaterBytes: number;
}

/** The transports over real sockets. */
export const SOCKET_KINDS: Readonly<Record<string, TransportKind>> = {
  // ws measures its own time limit of `close`.
  WebSockets: socketKind(openWebSocket, { hasMessages: true, hasSimulatedTime: false }),
  ServerSentEvents: socketKind(
    (parts) =>
      openOverHttp(
        parts,
        (posts, response) => new ServerSentEventsTransport(response, posts, parts, parts.wheel),
        EventStreamReader.open,
      ),
    OVER_HTTP,
  ),
  LongPolling: socketKind((parts) => {
    const supervisor = new Supervisor(new CollectedLog());
    return openOverHttp(
      parts,
      (posts, response) => {
        const transport = new LongPollingTransport('c0' as ConnectionId, posts, {
          pollTimeoutMs: 90_000,
          highWaterBytes: parts.highWaterBytes,
          alarms: parts.wheel,
          startActor: (implementations) => new LongPoll(supervisor, implementations),
        });
        transport.get(response);
        return transport;
      },
      Poller.open,
    );
  }, OVER_HTTP),
};

function socketKind(
  serve: (parts: Parts) => Promise<Served>,
  properties: Pick<TransportKind, 'hasMessages' | 'hasSimulatedTime'>,
): TransportKind {
  return {
    ...properties,
    kernelBytes: KERNEL_BYTES,
    async open(highWaterBytes) {
      const clock = new SimulatedClock();
      const wheel = new TimerWheel(clock, new CollectedLog());
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const { transport, client } = await serve({ server, port, clock, wheel, highWaterBytes });
      return {
        transport,
        client,
        turn: () => new Promise((resolve) => setImmediate(resolve)),
        pass: (ms) => clock.increment(ms),
        async dispose() {
          client.cut();
          transport.terminate();
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
        },
      };
    },
  };
}

async function openWebSocket({ server, port, clock, wheel, highWaterBytes }: Parts): Promise<Served> {
  const log = new LogLimit(clock).over(new CollectedLog());
  const parts = { alarms: wheel, highWaterBytes, maximumFrameBytes: MAXIMUM_BYTES };
  const acceptor = new WebSocketAcceptor(parts, log);
  const opened = defer<Transport | undefined>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    opened.resolve(acceptor.accept(request, socket, head));
  });
  const client = await WebSocketReader.open(port);
  const transport = await opened.promise;
  if (transport === undefined) throw new Error('The upgrade was refused.');
  return { transport, client };
}

/** Opens a transport with the first GET. */
async function openOverHttp(
  { server, port, wheel }: Parts,
  make: (posts: Posts, response: ServerResponse) => HttpTransport,
  connect: (port: number) => FarEnd,
): Promise<Served> {
  const posts = new Posts(MAXIMUM_BYTES, wheel, { earlyBytes() {}, refused() {} });
  const opened = defer<HttpTransport>();
  let transport: HttpTransport | undefined;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST') posts.add(request, response);
    else if (transport === undefined) {
      transport = make(posts, response);
      opened.resolve(transport);
    } else if (transport.isOver) response.writeHead(404).end();
    else transport.get(response);
  });
  const client = connect(port);
  return { transport: await opened.promise, client };
}
