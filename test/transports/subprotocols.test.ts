import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { LogLimit } from '../../src/log-limit.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { WebSocketAcceptor } from '../../src/transports/websocket-acceptor.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { ask, upgradeRequest } from '../support/raw-http.ts';

/** Port of a server whose WebSockets have these subprotocols. */
async function serving(subprotocols?: readonly string[]): Promise<number> {
  const clock = new SimulatedClock();
  const log = new CollectedLog();
  const parts = { alarms: new TimerWheel(clock, log), highWaterBytes: 65_536, maximumFrameBytes: 65_536 };
  const acceptor = new WebSocketAcceptor(parts, new LogLimit(clock).over(log), subprotocols);
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    acceptor.accept(request, socket, head);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Status and subprotocol of the answer to a client that offers these. */
async function answerTo(port: number, offered: string): Promise<[number, string | undefined]> {
  const { status, headers } = await ask(port, upgradeRequest('/', { 'Sec-WebSocket-Protocol': offered }));
  return [status, headers.get('sec-websocket-protocol')];
}

describe('the subprotocol of a WebSocket', () => {
  test('is the first of the server that the client offers', async () => {
    const port = await serving(['v2.example', 'v1.example']);
    expect(await answerTo(port, 'v1.example, other, v2.example')).toEqual([101, 'v2.example']);
    expect(await answerTo(port, 'other, v1.example')).toEqual([101, 'v1.example']);
  });

  test('is absent when the client offers none of the server’s, or nothing', async () => {
    const port = await serving(['v1.example']);
    expect(await answerTo(port, 'other, V1.EXAMPLE, constructor')).toEqual([101, undefined]);
    expect(await answerTo(port, '')).toEqual([101, undefined]);
  });

  test('is absent when the server has none', async () => {
    const port = await serving();
    expect(await answerTo(port, 'v1.example')).toEqual([101, undefined]);
  });
});
