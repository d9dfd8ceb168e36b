// A method that computes for 17 s and blocks the event loop. This is longer than a client may stay away between two
// polls or without a transport, and longer than the client timeout here.
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { HttpTransportType } from '@microsoft/signalr';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, openRaw } from '../support/clients.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { arrived, RawRequests } from '../support/raw-polling.ts';
import { openRawReturning } from '../support/raw-returning.ts';
import { Victim } from './victim.ts';

const BLOCKED_MS = 17_000;
/** The loop is blocked by then, and the clients' requests wait in the kernel. */
const SURELY_BLOCKED_MS = 2_000;

test('a loop that is blocked for 17 s loses no client', async () => {
  const victim = new Victim({
    hub: { allowStatefulReconnects: true, clientTimeoutMs: 10_000, keepAliveIntervalMs: 5_000 },
  });
  const { port } = await victim.ask('listen');
  const url = `http://127.0.0.1:${port}/hub`;

  const transports = [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling];
  const gone: unknown[] = [];
  const official = transports.map((transport) => {
    const client = clientOf(url, { transport });
    client.keepAliveIntervalInMilliseconds = 3_000;
    client.onclose((error) => gone.push([HttpTransportType[transport], error]));
    return client;
  });
  for (const client of official) {
    await client.start();
    expect(await client.invoke('Echo', 1)).toBe(1);
  }

  // Two clients are between two polls: one comes back with a new socket, the other with the socket that it had.
  const polling = await RawRequests.poll(port);
  const kept = await RawRequests.poll(port);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const keptPolls = [pollBy(agent, port, kept.path)];
  const poll = polling.get();
  await arrived(port);
  const { client: leaver, path } = await openRawReturning(port);
  const blocker = await openRaw(port);
  await blocker.invoke('Say', 'x');
  expect((await poll.answer).status).toBe(200);
  expect(await keptPolls[0]).toBe(200);
  const negotiated = await RawRequests.negotiate(port);
  leaver.socket.destroy();
  await victim.until('detached', 1);

  const blocked = blocker.invoke('Block', BLOCKED_MS);
  await wait(SURELY_BLOCKED_MS);
  const nextPoll = polling.get();
  keptPolls.push(pollBy(agent, port, kept.path));
  const returned = ask(port, upgradeRequest(path));
  const opened = negotiated.get();
  await blocked;

  expect((await opened.answer).status).toBe(200);
  expect((await returned).status).toBe(101);
  for (const client of official) expect(await client.invoke('Echo', 2)).toBe(2);
  await blocker.invoke('Say', 'y');
  expect((await nextPoll.answer).status).toBe(200);
  expect(await keptPolls[1]).toBe(200);
  expect((await ask(port, requestText('GET', '/healthz'))).status).toBe(200);
  expect(gone).toEqual([]);
});

/** Polls over the socket that an agent keeps. Resolves with the status. */
function pollBy(agent: Agent, port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent });
    sent.on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject).end();
  });
}
