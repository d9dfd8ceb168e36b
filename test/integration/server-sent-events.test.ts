import { describe, expect, test } from 'vitest';
import { eventually, Inbox } from '../support/inbox.ts';
import { laneOf } from '../support/lanes.ts';
import { requestText, upgradeRequest } from '../support/raw-http.ts';
import { arrived, type HttpCall, RawRequests } from '../support/raw-polling.ts';
import { HUGE, testHub } from '../support/test-hub.ts';
import { startServer } from '../support/test-server.ts';
import { TextSocket } from '../support/text-socket.ts';
import { startTimedServer } from '../support/timed-server.ts';

/** A stream whose handshake is done. The test finds its connection by `query`. */
async function listen(port: number, query = ''): Promise<{ client: RawRequests; stream: HttpCall }> {
  const client = await RawRequests.negotiate(port);
  const stream = client.get({ headers: ACCEPT, query });
  stream.answer.catch(() => {});
  await stream.pieces.until(1);
  await client.post({ protocol: 'json', version: 1 }).answer;
  await stream.pieces.first((text) => text.includes('{}'));
  return { client, stream };
}

const ACCEPT = { Accept: 'text/event-stream' };
/** The first bytes of a stream after its headers. */
const OPENING = '\r\n:\r\n';
const textOf = (stream: HttpCall) => stream.pieces.all.join('');
const eventOf = (text: string) => `data: {"type":1,"target":"Said","arguments":["${text}"]}\x1e\r\n\r\n`;

describe('a stream of events', () => {
  test('tells each message, in order, to all who listen', async () => {
    const { port } = await startServer({ '/hub': testHub() });
    const [one, two] = [await listen(port), await listen(port)];
    for (const text of ['a', 'b', 'c']) await one.client.call('Say', text).answer;
    for (const { stream } of [one, two]) {
      await stream.pieces.first(() => textOf(stream).endsWith(eventOf('c')));
      expect(textOf(stream)).toBe(`:\r\ndata: {}\x1e\r\n\r\n${eventOf('a')}${eventOf('b')}${eventOf('c')}`);
    }
  });

  test('is made once of what all listeners of a turn are told', async () => {
    const hub = testHub();
    const { port, server } = await startServer({ '/hub': hub });
    const listeners = [await listen(port), await listen(port), await listen(port)];
    const frames = new Set<Buffer>();
    for (const { transport: attached } of server.supervisor.connections()) {
      const transport = attached.current;
      const write = transport.write.bind(transport);
      transport.write = (frame) => {
        frames.add(frame);
        write(frame);
      };
    }
    await server.context(hub).clients.all.send('Said', 'a');
    await server.context(hub).clients.all.send('Said', 'b');
    for (const { stream } of listeners) await stream.pieces.first((text) => text.includes('"b"'));
    expect(frames.size).toBe(1);
    expect(textOf((listeners[0] as (typeof listeners)[number]).stream)).toContain('["a"]}\x1e{"type":1');
  });

  test('whose client hangs up is lost at once', async () => {
    const left = new Inbox<string>();
    const { port, server } = await startServer({ '/hub': testHub({}, left) });
    const { client, stream } = await listen(port);
    stream.drop();
    expect(await left.until(1)).toEqual(['connection-lost']);
    await eventually(() => server.supervisor.size === 0);
    expect((await client.call('Say', 'x').answer).status).toBe(404);
    expect((await client.stream().answer).status).toBe(404);
  });

  test('that was never opened is nothing: its id expires', async () => {
    const { port, server, pass } = await startTimedServer({ '/hub': testHub() });
    const client = await RawRequests.negotiate(port);
    pass(15_100);
    expect((await client.stream().answer).status).toBe(404);
    expect(server.runtimes.get('/hub')?.endpoint.negotiations).toMatchObject({ pending: 0, active: 0 });
  });

  test('may be asked for by an upgrade request; then the next request on its socket is answered, too', async () => {
    const { port } = await startServer({ '/hub': testHub() });
    const client = await RawRequests.negotiate(port);
    const socket = new TextSocket(port, upgradeRequest(client.path, ACCEPT));
    await socket.until(OPENING);
    await client.post({ protocol: 'json', version: 1 }, { type: 1, target: 'Abort', arguments: [] }).answer;
    await socket.until('0\r\n\r\n');
    const { text } = socket;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('{"type":7}\x1e\r\n\r\n');
    expect(text.endsWith('0\r\n\r\n')).toBe(true);
    socket.socket.write(requestText('GET', '/healthz'));
    await socket.until('ok\n');
  });

  test.each(['with a reset', 'in order'])('that was asked for so is lost as any other, %s', async (how) => {
    // On this clock the handshake timeout never passes, so only the client can end the connection.
    const { port, server } = await startTimedServer({ '/hub': testHub() });
    const client = await RawRequests.negotiate(port);
    const stream = new TextSocket(port, upgradeRequest(client.path, ACCEPT));
    await stream.until(OPENING);
    expect(server.supervisor.size).toBe(1);
    if (how === 'in order') stream.socket.end();
    else stream.socket.resetAndDestroy();
    await eventually(() => server.supervisor.size === 0);
  });

  test('ends with its socket where HTTP has no chunks: version 1.0, which some proxies speak', async () => {
    const { port } = await startServer({ '/hub': testHub() });
    const client = await RawRequests.negotiate(port);
    const socket = new TextSocket(port, requestText('GET', client.path, ACCEPT).replace('HTTP/1.1', 'HTTP/1.0'));
    await socket.until(OPENING);
    await client.post({ protocol: 'json', version: 1 }, { type: 1, target: 'Abort', arguments: [] }).answer;
    await socket.closed;
    const { text } = socket;
    expect(text.toLowerCase()).not.toContain('transfer-encoding');
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(':\r\ndata: {}\x1e{"type":7}\x1e\r\n\r\n');
  });

  test('that waits for its turn on a socket is refused: nobody knows when it would come', async () => {
    const { port } = await startServer({ '/hub': testHub() });
    const [one, two] = [await RawRequests.negotiate(port), await RawRequests.negotiate(port)];
    const socket = new TextSocket(port, requestText('GET', one.path, ACCEPT) + requestText('GET', two.path, ACCEPT));
    await socket.until(OPENING);
    await one.post({ protocol: 'json', version: 1 }, { type: 1, target: 'Abort', arguments: [] }).answer;
    await socket.until('HTTP/1.1 409');
    // The second is unaffected.
    await listenOn(two);
  });
});

async function listenOn(client: RawRequests): Promise<void> {
  const stream = client.stream();
  stream.answer.catch(() => {});
  await stream.pieces.until(1);
}

describe('a listener that does not read', () => {
  test('holds back its own messages, within limits, and gets them in order when it reads again', async () => {
    const hub = testHub({ slowConsumer: { limitBytes: 40_000_000 } });
    const started = await startServer({ '/hub': hub });
    const { port, server } = started;
    const [slow, healthy] = [await listen(port, 'slow'), await listen(port)];
    const { all } = server.context(hub).clients;
    await slow.stream.pause();
    await all.send('Said', HUGE);
    const lane = laneOf(started, 'slow');
    await eventually(() => lane.isCongested);
    for (let n = 0; n < 50; n++) await all.send('Said', `${n}`);
    await healthy.stream.pieces.first((text) => text.includes('"49"'));
    expect(lane.lag.messages).toBe(50);
    expect(lane.lag.bytes).toBeGreaterThan(65_536);
    await slow.stream.resume();
    await slow.stream.pieces.first((text) => text.includes('"49"'));
    const numbers = [...textOf(slow.stream).matchAll(/\["(\d+)"\]/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(lane.isCongested).toBe(false);
    expect(lane.lag).toEqual({ messages: 0, bytes: 0, oldestMs: 0 });
  });

  test('is sent away when it takes nothing for stallMs, and cut when it does not even take that', async () => {
    const left = new Inbox<string>();
    const hub = testHub({ slowConsumer: { limitBytes: 40_000_000, stallMs: 2_000 } }, left);
    const { port, server, pass } = await startTimedServer({ '/hub': hub });
    const { stream } = await listen(port);
    await stream.pause();
    await server.context(hub).clients.all.send('Said', HUGE);
    await arrived(port);
    pass(1_500);
    expect(left.all).toEqual([]);
    pass(1_500);
    expect(await left.until(1)).toEqual(['slow-consumer']);
    await arrived(port);
    expect(server.supervisor.size).toBe(1);
    pass(5_200);
    await eventually(() => server.supervisor.size === 0);
    await stream.resume();
    await expect(stream.answer).rejects.toThrow('aborted');
  });
});
