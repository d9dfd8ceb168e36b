import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { bare } from '../../bench/load/bare.ts';
import { signalR } from '../../bench/load/signalr.ts';
import { socketIo } from '../../bench/load/socket-io.ts';
import { Deliveries } from '../../bench/nodes/deliveries.ts';
import { CLIENTS_EACH, NODES_FLOWS, type NodesFlow } from '../../bench/nodes/flows.ts';
import { type Place, Service } from '../../bench/nodes/service.ts';
import type { Cores, Pinned } from '../../bench/rig/cores.ts';
import { hasRedis } from '../support/redis.ts';

interface Call {
  readonly op: string;
  readonly id: number;
  readonly group: string;
  readonly data: string;
}

/** Two servers of this process that pass on what they get to all clients of both, or to the members of the group. */
class Pair {
  /** Number of messages that each of the two has got from its clients. */
  readonly sent: [number, number] = [0, 0];
  readonly all = [new Set<WebSocket>(), new Set<WebSocket>()] as const;
  /** Those who have joined the group. */
  readonly members = [new Set<WebSocket>(), new Set<WebSocket>()] as const;
  /** Whether the second one gets the messages of the first. */
  isShared = true;

  async start(): Promise<Place> {
    const ports = [await this.#node(0), await this.#node(1)] as const;
    return { ports, pids: [process.pid, process.pid, process.pid] };
  }

  async #node(at: 0 | 1): Promise<number> {
    const http = createServer().listen(0, '127.0.0.1');
    const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
    onTestFinished(() => {
      for (const socket of sockets.clients) socket.terminate();
      http.close();
    });
    sockets.on('connection', (socket) => {
      this.all[at].add(socket);
      socket.send('{"you":""}');
      socket.on('message', (text) => this.#got(at, socket, JSON.parse(String(text))));
    });
    await once(http, 'listening');
    return (http.address() as AddressInfo).port;
  }

  #got(at: 0 | 1, from: WebSocket, { op, id, data }: Call): void {
    if (op === 'join') {
      this.members[at].add(from);
      from.send(JSON.stringify({ id }));
      return;
    }
    this.sent[at] += 1;
    const receivers = op === 'toGroup' ? this.members : this.all;
    for (const those of this.isShared ? receivers : [receivers[at]])
      for (const one of those) one.send(JSON.stringify({ m: data }));
  }
}

const flowOf = (title: string) => NODES_FLOWS.find((flow) => flow.title === title) as NodesFlow;

describe('deliveries of two nodes', () => {
  test.each([
    ['broadcast, 8 in flight', 8, 0],
    ['broadcast, 1 in flight', 1, 0],
    ['one group, 8 in flight', 8, CLIENTS_EACH],
    ['one group, 1 in flight', 1, CLIENTS_EACH],
  ])(
    '%s: clients of node 1 send, and a batch ends when all clients have all of it',
    async (title, inFlight, members) => {
      const pair = new Pair();
      const deliveries = await Deliveries.to(await pair.start(), bare, flowOf(title));
      expect(pair.all.map(({ size }) => size)).toEqual([CLIENTS_EACH, CLIENTS_EACH]);
      expect(pair.members.map(({ size }) => size)).toEqual([members, members]);
      const costs = await deliveries.next();
      const [sent] = pair.sent;
      expect(sent).toBeGreaterThan(0);
      expect(sent % inFlight).toBe(0);
      expect(pair.sent).toEqual([sent, 0]);
      expect(deliveries.counted).toBe(sent * 2 * CLIENTS_EACH);
      for (const cost of costs) expect(cost).toBeGreaterThan(0);
    },
  );

  test('those are all flows', () => {
    expect(NODES_FLOWS).toHaveLength(4);
  });

  test('what gets lost between the nodes ends the measurement', async () => {
    const pair = new Pair();
    const deliveries = await Deliveries.to(await pair.start(), bare, flowOf('one group, 1 in flight'), 200);
    pair.isShared = false;
    await expect(deliveries.next()).rejects.toThrow(
      'messages are lost: those of the last round have not all arrived within 200 ms.',
    );
  });
});

const unpinned: Pinned = (command) => command as ReturnType<Pinned>;
const ANY_CORE: Cores = { server: unpinned, generator: unpinned, text: '' };

/** A node that answers nothing. */
const NODE = `const http = require('node:http').createServer().listen(0, '127.0.0.1', () =>
  console.log('listening on http://127.0.0.1:' + http.address().port));`;

test.runIf(hasRedis)(
  'a service is two nodes that are told the port of a Redis of their own, and all of them end',
  async () => {
    const service = new Service();
    const told: number[] = [];
    const { ports, pids } = await service.start(ANY_CORE, (port) => {
      told.push(port);
      return [process.execPath, '-e', NODE];
    });
    expect(new Set(ports).size).toBe(2);
    expect(new Set([...pids, process.pid]).size).toBe(4);
    const [port = 0, other] = told;
    expect(other).toBe(port);
    const redis = connect(port, '127.0.0.1').setEncoding('utf8');
    redis.write('INFO server\r\n');
    const [answer] = await once(redis, 'data');
    expect(answer).toContain(`process_id:${pids[2]}\r\n`);
    service.end();
    await once(redis, 'close');
    for (const pid of pids) await expect.poll(() => isAlive(pid)).toBe(false);
  },
);

describe.runIf(hasRedis).each([
  ['signalbox', 'bench/nodes/signalbox.ts', signalR],
  ['Socket.IO', 'bench/peers/socket-io.ts', socketIo],
] as const)('two nodes of %s', (_name, file, dialect) => {
  test('have no message for fewer than all clients', async () => {
    const service = new Service();
    onTestFinished(() => service.end());
    const program = [process.execPath, '--import', 'tsx', file];
    const place = await service.start(ANY_CORE, (port) => [...program, `redis://127.0.0.1:${port}`]);
    const flow = flowOf('one group, 8 in flight');
    const deliveries = await Deliveries.to(place, dialect, flow);
    await deliveries.next();
    expect(deliveries.counted).toBeGreaterThan(0);
    expect(deliveries.counted % (2 * CLIENTS_EACH * flow.inFlight)).toBe(0);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
