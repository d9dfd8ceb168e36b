import { describe, expect, test } from 'vitest';
import { connect, openRaw, withoutNegotiation } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { eventually } from '../support/inbox.ts';
import { ask, exchange, requestText, upgradeRequest } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { startServer } from '../support/test-server.ts';

const start = () => startServer({ '/hubs/chat': emptyHub() });
const PATH = '/hubs/chat';

describe('an upgrade', () => {
  test('with an unknown id is 404', async () => {
    const { port } = await start();
    for (const id of ['unknown', '__proto__', 'constructor', '%00', 'a'.repeat(5_000)]) {
      const answer = await ask(port, upgradeRequest(`${PATH}?id=${id}`));
      expect([answer.status, answer.body]).toEqual([404, 'No Connection with that ID']);
    }
  });

  test('with an id that is in use is 409, and the first socket is unharmed', async () => {
    const { port, server } = await start();
    const { connectionToken } = await negotiate(port, PATH);
    const path = `${PATH}?id=${connectionToken}`;
    const first = await openRaw(port, { path });
    expect((await ask(port, upgradeRequest(path))).status).toBe(409);
    expect(await first.invoke('Echo', 'still here')).toMatchObject({ result: 'still here' });
    expect(server.supervisor.size).toBe(1);
    // After its end the id is unknown: it cannot be used a second time.
    first.socket.end();
    await eventually(() => server.supervisor.size === 0);
    expect((await ask(port, upgradeRequest(path))).status).toBe(404);
  });

  test('without an id makes a connection of its own', async () => {
    const { port, server } = await start();
    const client = await openRaw(port, { path: `${PATH}?id=` });
    const [connection] = [...server.connections()];
    expect((await client.invoke('WhoAmI')).result).toMatchObject({ connectionId: connection?.connectionId });
  });

  test.each(['/hubs/chat/', '/HUBS/Chat', '/hubs/chat/?x=1', '/%68ubs/chat', '/hubs/chat?ID='])(
    'finds its hub at %s as well',
    async (path) => {
      const { port, url } = await start();
      expect(await (await openRaw(port, { path })).invoke('Echo', 1)).toMatchObject({ result: 1 });
      if (!path.includes('?')) expect(await (await connect(url(path))).invoke('Echo', 2)).toBe(2);
      expect(await (await connect(url(path), withoutNegotiation)).invoke('Echo', 3)).toBe(3);
    },
  );

  test.each([
    '/hubs/chat//',
    '/hubs%2Fchat',
    '/hubs/chat/x',
    '/hubs',
    '//hubs/chat',
    '/hubs/chat%',
    '/hubs/../hubs/chat',
  ])('finds none at %s', async (path) => {
    const { port } = await start();
    expect((await ask(port, upgradeRequest(path))).status).toBe(404);
  });

  test('of the negotiate path is 405', async () => {
    const { port } = await start();
    expect((await ask(port, upgradeRequest(`${PATH}/negotiate`))).status).toBe(405);
  });

  test.each([
    ['no key', { 'Sec-WebSocket-Key': '' }],
    ['a key that is no base64', { 'Sec-WebSocket-Key': 'not base64 at all!!!!!!!' }],
    ['a key of 15 bytes', { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA' }],
    ['an old version', { 'Sec-WebSocket-Version': '8' }],
    ['no version', { 'Sec-WebSocket-Version': '' }],
    ['another protocol than WebSocket', { Upgrade: 'h2c' }],
  ])(
    'that is no WebSocket handshake (%s) is an ordinary request, and none that a hub answers',
    async (_what, headers) => {
      const { port, server } = await start();
      const answer = await ask(port, upgradeRequest(PATH, headers));
      expect([answer.status, answer.body]).toEqual([400, 'Connection ID required']);
      expect(server.supervisor.size).toBe(0);
    },
  );

  test.each([
    'constructor',
    '__proto__',
    'permessage-deflate; client_max_window_bits=99999; __proto__=1',
    'permessage-deflate; =',
    ', ,,;;;==',
    'x-webkit-deflate-frame, toString; hasOwnProperty=valueOf',
  ])('with the extensions %s agrees to none of them', async (extensions) => {
    const { port } = await start();
    const { answer, socket } = await exchange(port, upgradeRequest(PATH, { 'Sec-WebSocket-Extensions': extensions }));
    expect(answer.status).toBe(101);
    expect(answer.headers.has('sec-websocket-extensions')).toBe(false);
    socket.destroy();
    const next = await openRaw(port, { path: PATH });
    expect(await next.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });

  test('with subprotocols agrees to none of them', async () => {
    const { port } = await start();
    const { answer, socket } = await exchange(
      port,
      upgradeRequest(PATH, { 'Sec-WebSocket-Protocol': 'json, constructor' }),
    );
    expect(answer.status).toBe(101);
    expect(answer.headers.has('sec-websocket-protocol')).toBe(false);
    socket.destroy();
  });

  test('whose handshake record comes in the same packet is heard', async () => {
    const { port } = await start();
    // A text frame of 32 bytes with a zero mask: the handshake of the protocol.
    const record = '{"protocol":"json","version":1}\x1e';
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | record.length, 0, 0, 0, 0]), Buffer.from(record)]);
    const { socket, rest } = await exchange(port, Buffer.concat([Buffer.from(upgradeRequest(PATH)), frame]));
    let answer = rest;
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
    });
    socket.resume();
    await eventually(() => answer.length >= 5);
    expect([...answer]).toEqual([0x81, 3, ...Buffer.from('{}\x1e')]);
    socket.destroy();
  });
});

describe('a flood of headers', () => {
  const flood = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`X-Header-${n}`, 'x'.repeat(20)]));

  test.each([
    ['an upgrade', upgradeRequest(PATH, flood)],
    ['a negotiation', requestText('POST', `${PATH}/negotiate`, flood)],
    ['one endless header', upgradeRequest(PATH, { 'X-Long': 'x'.repeat(100_000) })],
  ])('on %s is 431, and the others go on', async (_what, request) => {
    const { port } = await start();
    const healthy = await openRaw(port, { path: PATH });
    expect((await ask(port, request)).status).toBe(431);
    expect(await healthy.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });

  test('bytes that are no HTTP are 400, and the others go on', async () => {
    const { port } = await start();
    const healthy = await openRaw(port, { path: PATH });
    for (const bytes of [
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
      'GET\r\n\r\n',
      '{"protocol":"json"}\x1e\r\n\r\n',
    ]) {
      expect((await ask(port, bytes)).status).toBe(400);
    }
    expect(await healthy.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });
});
