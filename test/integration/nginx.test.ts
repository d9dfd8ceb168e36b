import { readFileSync } from 'node:fs';
import { HttpTransportType } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { callsTo, connect, openRaw } from '../support/clients.ts';
import { hasNginx, startNginx } from '../support/nginx.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { HttpCall, RawRequests, recordsOf } from '../support/raw-polling.ts';
import { startServer } from '../support/test-server.ts';
import { TRANSPORTS } from '../support/transport-protocols.ts';

const PATH = '/hubs/chat';

function chatHub() {
  return setupHub({ client: {} as { Said(text: string): void } }).createHub({
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      Say: method([z.string()], (hub, text) => hub.clients.all.send('Said', text)),
    },
  });
}

/** The public name in the example. Its comment says to start signalbox with it. */
const HOST = 'chat.example';

async function start(hosts: readonly string[] = [HOST]) {
  const started = await startServer({ [PATH]: chatHub() }, { hosts });
  return { ...started, proxy: await startNginx(started.port) };
}

// The configuration that docs/deploy.md explains.
describe.runIf(hasNginx)('behind nginx', () => {
  test.each(TRANSPORTS)('a client is told everything at once, over %s', async (transport) => {
    const { proxy } = await start();
    const url = `http://127.0.0.1:${proxy.port}${PATH}`;
    const client = await connect(url, { transport: HttpTransportType[transport] });
    const heard = callsTo<[string]>(client, 'Said');
    expect(await client.invoke('Echo', 'x'.repeat(30_000))).toHaveLength(30_000);
    for (const text of ['a', 'b', 'c']) {
      await client.invoke('Say', text);
      // A single message, without a later one that would push it out of a buffer.
      await heard.first(([said]) => said === text);
    }
    await client.stop();
  });

  test('a page of the same origin is one of ours, and every transport is negotiated', async () => {
    const { proxy } = await start();
    for (const Host of [`127.0.0.1:${proxy.port}`, HOST, `${HOST}:${proxy.port}`]) {
      const headers = { Host, Origin: `http://${Host}` };
      const answer = await ask(proxy.port, requestText('POST', `${PATH}/negotiate?negotiateVersion=1`, headers));
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body).availableTransports).toHaveLength(3);
      expect((await ask(proxy.port, upgradeRequest(PATH, headers))).status).toBe(101);
    }
  });

  test('the public name has to be in hosts: nginx passes it on, and any other name that leads to it', async () => {
    const { proxy } = await start([]);
    expect((await ask(proxy.port, upgradeRequest(PATH, { Host: HOST }))).status).toBe(421);
    const named = await start();
    const rebound = { Host: 'evil.example', Origin: 'http://evil.example' };
    expect((await ask(named.proxy.port, upgradeRequest(PATH, rebound))).status).toBe(421);
  });

  test('its own configuration says with which hosts signalbox is to be started', () => {
    const example = readFileSync(new URL('../../examples/nginx.conf', import.meta.url), 'utf8');
    expect(example).toContain(`--hosts ${HOST}`);
    expect(example).toContain(`server_name ${HOST};`);
  });

  test('a server that drains tells clients in between their polls, although each comes over a new socket', async () => {
    const { proxy, server } = await start();
    const client = await RawRequests.poll(proxy.port, PATH);
    const closing = server.close();
    expect(recordsOf(await client.get().answer)).toEqual([{ type: 7, allowReconnect: true }]);
    expect((await client.get().answer).status).toBe(204);
    await closing;
  });

  test('while it drains nginx gets an answer for every newcomer, also over connections that it keeps', async () => {
    const { port, server } = await start();
    const proxy = await startNginx(port, 'keepalive 8;');
    const negotiation = () => ask(proxy.port, requestText('POST', `${PATH}/negotiate?negotiateVersion=1`));
    // It stays until it is told to go: it does not answer its close frame.
    const client = await openRaw(proxy.port, { path: PATH, answersClose: false });
    expect((await negotiation()).status).toBe(200);
    const closing = server.close();
    for (let count = 0; count < 3; count++) {
      const { status, headers } = await negotiation();
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    }
    expect((await ask(proxy.port, upgradeRequest(PATH))).status).toBe(503);
    client.socket.destroy();
    await closing;
    await startServer({ [PATH]: chatHub() }, { hosts: [HOST] }, port);
    expect((await negotiation()).status).toBe(200);
  });

  test('no secret of a connection gets into its log', async () => {
    const { proxy } = await start();
    const client = await RawRequests.poll(proxy.port, PATH);
    client.get({ query: 'access_token=canary' }).drop();
    await client.delete().answer;
    await new HttpCall(proxy.port, `${PATH}?access_token=canary`).answer;
    const log = proxy.accessLog();
    expect(log).toContain(`"POST ${PATH}/negotiate" 200`);
    expect(log).toContain(`"GET ${PATH}" 400`);
    expect(log).not.toContain('canary');
    expect(log).not.toContain(client.negotiated.connectionToken);
  });
});
