import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Authenticator } from '../../src/index.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { openRaw } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { eventually } from '../support/inbox.ts';
import { ask, type HttpAnswer, requestText, upgradeRequest } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';
import { startTimedServer } from '../support/timed-server.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';

const LIMIT_MS = 15_000;
const REQUESTS: [string, string][] = [
  ['a negotiation', requestText('POST', '/hub/negotiate?negotiateVersion=1')],
  ['a request to the hub', requestText('GET', '/hub?id=nobody')],
  ['a WebSocket', upgradeRequest('/hub')],
];

/** A server whose `authenticate` returns when the test says so. */
async function start() {
  const calls: Deferred<null>[] = [];
  const authenticate: Authenticator = () => {
    const call = defer<null>();
    calls.push(call);
    return call.promise;
  };
  const started = await startTimedServer({ '/hub': emptyHub() }, { authenticate });
  const waiting = () => started.server.runtimes.get('/hub')?.endpoint.admission.waiting.size;
  return { ...started, calls, waiting };
}

/** A socket that has sent this. */
function sent(port: number, text: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}).write(text);
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe.each(REQUESTS)('%s for which authenticate does not return', (_what, request) => {
  test('is refused with 503 when its time is over, and not before', async () => {
    const { port, pass, waiting } = await start();
    let answer: HttpAnswer | undefined;
    const answered = ask(port, request).then((given) => {
      answer = given;
    });
    await eventually(() => waiting() === 1);
    pass(LIMIT_MS - 200);
    expect([answer, waiting()]).toEqual([undefined, 1]);
    pass(400);
    await answered;
    expect(answer?.status).toBe(503);
    expect(waiting()).toBe(0);
  });

  test.each([
    ['ends its connection', (socket: Socket) => socket.end()],
    ['cuts it', (socket: Socket) => socket.resetAndDestroy()],
  ])('waits no longer than its client, who %s', async (_how, leave) => {
    const { port, calls, waiting, server } = await start();
    const socket = sent(port, request);
    await eventually(() => waiting() === 1);
    leave(socket);
    await eventually(() => waiting() === 0);
    expect(server.wheel.armed).toBe(0);
    calls[0]?.resolve(null);
    expect(server.supervisor.size).toBe(0);
  });

  test('does not keep the server from closing: its socket is closed', async () => {
    const { port, server } = await startServer({ '/hub': emptyHub() }, { authenticate: () => new Promise(() => {}) });
    const socket = sent(port, request).resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await eventually(() => server.runtimes.get('/hub')?.endpoint.admission.waiting.size === 1);
    await server.close({ drainMs: 0 });
    await closed;
  });
});

describe('many requests at once on one socket (HTTP pipelining)', () => {
  test('wait with one listener, each until it is answered, and no longer than their client', async () => {
    const { port, calls, waiting, server } = await start();
    const warnings: Error[] = [];
    const warned = (warning: Error) => void warnings.push(warning);
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    const socket = sent(port, requestText('POST', '/hub/negotiate?negotiateVersion=1').repeat(50)).resume();
    await eventually(() => waiting() === 50);
    for (const call of calls.slice(0, 20)) call.resolve(null);
    await eventually(() => waiting() === 30);
    socket.resetAndDestroy();
    await eventually(() => waiting() === 0);
    expect(server.wheel.armed).toBe(1);
    expect(warnings).toEqual([]);
  });
});

describe('a WebSocket that waited for authenticate', () => {
  test('is opened, and has lost nothing that its client sent meanwhile', async () => {
    const { port, calls, waiting } = await start();
    const frame = (text: string) => clientFrame(Opcode.text, `${text}\x1e`);
    const handshake = frame('{"protocol":"json","version":1}');
    const call = frame('{"type":1,"target":"Echo","arguments":["early"],"invocationId":"1"}');
    const socket = sent(port, upgradeRequest('/hub'));
    await eventually(() => waiting() === 1);
    socket.write(Buffer.concat([handshake, call]));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    // What another client sends later has arrived, so the first one's bytes have, too.
    const later = sent(port, upgradeRequest('/hub'));
    await eventually(() => waiting() === 2);
    later.destroy();
    calls[0]?.resolve(null);
    await eventually(() => text.includes('"result":"early"'));
  });

  test('answers as ever, with its time limit gone', async () => {
    const { port, calls, pass, waiting } = await start();
    const opening = openRaw(port, { path: '/hub' });
    await eventually(() => waiting() === 1);
    calls[0]?.resolve(null);
    const client = await opening;
    pass(2 * LIMIT_MS);
    expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });
});
