import { HubConnectionBuilder, type IHubProtocol, JsonHubProtocol, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CloseReason } from '../../src/index.ts';
import type { ResumableLane } from '../../src/routing/stateful-reconnect/resumable-lane.ts';
import { callsTo } from '../support/clients.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { eventually } from '../support/inbox.ts';
import { readingHub } from '../support/reading-hub.ts';
import { startServer } from '../support/test-server.ts';

/** Twenty megabytes. An official client receives tens of megabytes between two acknowledgements. */
const MESSAGES = 2_000;
const LENGTH = 10_000;
const BUFFER = 4_194_304;

async function connected(protocol: IHubProtocol) {
  const ends: CloseReason[] = [];
  const hub = readingHub(ends, { allowStatefulReconnects: true, slowConsumer: { graceMs: 20_000 } });
  const { server, port } = await startServer({ '/hub': hub });
  const proxy = await startCuttingProxy(port, []);
  const client = new HubConnectionBuilder()
    .withUrl(`http://127.0.0.1:${proxy.port}/hub`)
    .withHubProtocol(protocol)
    .withStatefulReconnect()
    .configureLogging(LogLevel.None)
    .build();
  onTestFinished(() => client.stop());
  const heard = callsTo<[number, string]>(client, 'Heard');
  await client.start();
  const [connection] = server.supervisor.connections();
  return { server, proxy, client, heard, ends, lane: connection?.session?.lane as ResumableLane };
}

describe.each([
  ['JSON', () => new JsonHubProtocol()],
  ['MessagePack', () => new MessagePackHubProtocol()],
])('the official client with stateful reconnect, in %s', (_name, protocol) => {
  test('is sent as much as it reads, whenever it acknowledges; no more is kept than may be', async () => {
    const { server, client, heard, ends, lane } = await connected(protocol());
    let most = 0;
    let isOver = false;
    const look = (): void => {
      most = Math.max(most, lane.keptBytes - lane.lag.bytes);
      if (!isOver) setImmediate(look);
    };
    look();
    await client.invoke('Steadily', 0, MESSAGES, LENGTH);
    isOver = true;
    expect(heard.all.map(([n]) => n)).toEqual(Array.from({ length: MESSAGES }, (_, n) => n));
    expect(ends).toEqual([]);
    expect(most).toBeGreaterThan(BUFFER / 2);
    expect(most).toBeLessThanOrEqual(BUFFER);
    // Its next acknowledgement is of all of it.
    await eventually(() => lane.isComplete && lane.keptBytes === 0);
    expect(server.services.detached.attached.bytes).toBe(0);
  });

  test('comes back when what was let go has been acknowledged, and begins anew when not', async () => {
    const { proxy, client, heard, ends, lane } = await connected(protocol());
    await client.invoke('Steadily', 0, MESSAGES, LENGTH);
    await eventually(() => lane.isComplete);
    const closed = new Promise<void>((resolve) => client.onclose(() => resolve()));
    proxy.cut();
    await client.invoke('Steadily', MESSAGES, MESSAGES + 10, LENGTH);
    expect(heard.all.map(([n]) => n)).toEqual(Array.from({ length: MESSAGES + 10 }, (_, n) => n));
    expect(ends).toEqual([]);
    client.invoke('Steadily', 0, MESSAGES, LENGTH).catch(() => {});
    await eventually(() => !lane.isComplete);
    proxy.cut();
    await closed;
    await eventually(() => ends.length > 0);
    expect(ends).toMatchObject([{ name: 'connection-lost', text: expect.stringContaining('had not acknowledged') }]);
  });
});
