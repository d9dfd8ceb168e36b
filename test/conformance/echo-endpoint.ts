// The raw endpoint of the transcripts. It has no hub and sends every byte back, so that the transports are tested
// alone.
import type { Server } from 'node:http';
import { LongPoll } from '../../src/actors/long-poll.ts';
import { Supervisor } from '../../src/actors/supervisor.ts';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import type { Clock } from '../../src/clock.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import { AllowedHosts } from '../../src/http/hosts.ts';
import { AllowedOrigins } from '../../src/http/origins.ts';
import { resolveHubOptions } from '../../src/hub/hub-options.ts';
import { newConnectionId } from '../../src/ids.ts';
import { LogLimit } from '../../src/log-limit.ts';
import { HANDSHAKE_LAYOUT } from '../../src/protocol/handshake.ts';
import { offeredTransports, TRANSPORT_NAMES } from '../../src/protocol/negotiate.ts';
import type { ConnectionPort, Transport, TransportListener } from '../../src/transports/transport.ts';
import { addHub } from '../../src/web/hub-routes.ts';
import { RequestGuard } from '../../src/web/request-guard.ts';
import { Routes } from '../../src/web/routes.ts';
import { CollectedLog } from '../support/collected-log.ts';

export function attachEcho(http: Server, clock: Clock): void {
  const log = new LogLimit(clock).over(new CollectedLog());
  const alarms = new TimerWheel(clock, log);
  const supervisor = new Supervisor(log);
  const routes = new Routes(log, []);
  for (const [path, roomBytes] of [
    ['/echo', 65_536],
    ['/echo-smallbuffers', 1_024],
  ] as const) {
    const endpoint = new Endpoint({
      authorize: 'anonymous',
      authenticate: () => null,
      isRevoked: () => false,
      origins: new AllowedOrigins([]),
      log,
      alarms,
      options: resolveHubOptions(path, { slowConsumer: { highWaterBytes: roomBytes } }),
      offered: offeredTransports(TRANSPORT_NAMES),
      startLongPollActor: (implementations) => new LongPoll(supervisor, implementations),
      newConnectionId: () => newConnectionId(),
      isAccepting: () => true,
      opened({ negotiation }, transport) {
        const echo = new Echo(transport, roomBytes, () => negotiation?.ended());
        transport.listen(echo);
        return echo;
      },
    });
    addHub(routes, path, endpoint, false);
  }
  const hosts = new AllowedHosts([], []);
  routes.attach(http, '/', new RequestGuard({ http, isOwn: false, hosts, alarms, log }));
}

class Echo implements ConnectionPort, TransportListener {
  readonly resumable = undefined;
  readonly #transport: Transport;
  readonly #roomBytes: number;
  readonly #ended: () => void;

  constructor(transport: Transport, roomBytes: number, ended: () => void) {
    this.#transport = transport;
    this.#roomBytes = roomBytes;
    this.#ended = ended;
  }

  received(chunk: Buffer): void {
    const transport = this.#transport;
    transport.write(transport.framing(HANDSHAKE_LAYOUT).frame([chunk], chunk.length));
    if (transport.buffered >= this.#roomBytes) transport.pause();
  }
  ponged(): void {}
  drained(): void {
    this.#transport.resume();
  }
  holding(): void {}
  endRequested(): void {
    this.#transport.close(1000);
  }
  async refreshed(): Promise<void> {}
  credentialEnded(): void {
    this.#transport.close(1000);
  }
  closed({ by }: { readonly by: 'client' | 'loss' }): void {
    if (by === 'client') this.#transport.close(1000);
    this.#ended();
  }
}
