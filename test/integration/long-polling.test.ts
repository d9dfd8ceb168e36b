import { describe, expect, test } from 'vitest';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { arrived, RawRequests, recordsOf } from '../support/raw-polling.ts';
import { HUGE, testHub } from '../support/test-hub.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { TextSocket } from '../support/text-socket.ts';
import { startTimedServer } from '../support/timed-server.ts';

/** Arguments of the messages in an answer. */
const said = (answer: Parameters<typeof recordsOf>[0]) => recordsOf(answer).map((record) => record.arguments?.[0]);

/** Adds `say`, which sends a message to all clients. */
function saying<T extends TestServer>(started: T, hub: ReturnType<typeof testHub>) {
  const { clients } = started.server.context(hub);
  return { ...started, say: (text: string) => clients.all.send('Said', text) };
}

const start = async (hub = testHub()) => saying(await startServer({ '/hub': hub }), hub);
const startTimed = async (hub = testHub()) => saying(await startTimedServer({ '/hub': hub }), hub);

/** A client that does not take the answer to its poll. */
async function stuck({ port, say }: Awaited<ReturnType<typeof start>>) {
  const client = await RawRequests.poll(port);
  const slow = client.get();
  await arrived(port);
  await say(HUGE);
  await slow.pause();
  return { client, slow };
}

/** Connections that do not poll: negotiated, a stream of events, and a WebSocket. */
async function othersAt(port: number) {
  const [pending, streaming, other] = [
    await RawRequests.negotiate(port),
    await RawRequests.negotiate(port),
    await RawRequests.negotiate(port),
  ];
  await streaming.stream().pieces.until(1);
  return { pending, streaming, other, socket: await openRaw(port, { path: other.path }) };
}

/** Checks that the refused requests had no effect on these connections. */
async function expectUnaffected({ streaming, socket }: Awaited<ReturnType<typeof othersAt>>): Promise<void> {
  expect((await streaming.post({ protocol: 'json', version: 1 }).answer).status).toBe(200);
  expect(await socket.invoke('Echo', 1)).toMatchObject({ result: 1 });
}

describe('a poll', () => {
  test('that is being answered keeps its place: the next one waits behind it, and a third is refused with 409', async () => {
    const started = await start(testHub({ slowConsumer: { limitBytes: 40_000_000 } }));
    const { port, say } = started;
    const { client, slow } = await stuck(started);
    await say('behind it');

    const next = client.get();
    await arrived(port);
    const third = await client.get().answer;
    expect(third).toMatchObject({ status: 409, body: '', headers: { 'content-type': 'text/plain' } });
    expect(third.headers['cache-control']).toBe('no-cache, no-store');
    expect(next.pieces.length).toBe(0);

    await slow.resume();
    expect(said(await slow.answer)).toEqual([HUGE]);
    expect(said(await next.answer)).toEqual(['behind it']);
  });

  test('that waits behind another may be given up, which leaves its place free', async () => {
    const started = await start(testHub({ slowConsumer: { limitBytes: 40_000_000 } }));
    const { port, say } = started;
    const { client, slow } = await stuck(started);
    const given = client.get();
    await arrived(port);
    given.drop();
    await arrived(port);
    const next = client.get();
    await arrived(port);
    await slow.resume();
    await slow.answer;
    await say('for the next');
    expect(said(await next.answer)).toEqual(['for the next']);
  });

  test('takes the place of the one that waits, as often as it comes', async () => {
    const { port, say } = await start();
    const client = await RawRequests.poll(port);
    const polls = [];
    for (let n = 0; n < 5; n++) {
      polls.push(client.get());
      await arrived(port);
    }
    await say('to the last');
    const answers = await Promise.all(polls.map(({ answer }) => answer));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 200]);
    expect(said(answers[4] as (typeof answers)[number])).toEqual(['to the last']);
  });

  test('that waits for its turn on a socket is refused: nobody knows when it would come', async () => {
    const { port } = await start();
    const client = await RawRequests.poll(port);
    const socket = new TextSocket(port, requestText('GET', client.path).repeat(2));
    await arrived(port);
    expect((await client.call('Echo', 1).answer).status).toBe(200);
    await client.post({ type: 1, target: 'Echo', arguments: [2], invocationId: '2' }).answer;
    await socket.until('HTTP/1.1 409');
    expect(socket.text).toMatch(/"result":2.*HTTP\/1\.1 409/s);
  });

  test('is the only way to a connection that began with one, and none to a connection that began otherwise', async () => {
    const { port } = await start();
    const polling = await RawRequests.poll(port);
    const others = await othersAt(port);
    const { streaming, other } = others;
    const changed = { status: 400, body: 'Cannot change transports mid-connection' };
    for (const call of [polling.stream(), streaming.get(), other.get(), other.stream()]) {
      expect(await call.answer).toMatchObject(changed);
    }
    for (const { path } of [polling, streaming]) expect(await ask(port, upgradeRequest(path))).toMatchObject(changed);
    expect((await polling.call('Echo', 1).answer).status).toBe(200);
    await expectUnaffected(others);
  });

  test.each([
    ['LongPolling', ['WebSockets', 'ServerSentEvents']],
    ['ServerSentEvents', ['WebSockets', 'LongPolling']],
    ['WebSockets', ['ServerSentEvents', 'LongPolling']],
  ] as const)('or anything else is refused where a hub offers %s only', async (only, others) => {
    const { port } = await start(testHub({ transports: [only] }));
    const client = await RawRequests.negotiate(port);
    const answers = {
      WebSockets: () => ask(port, upgradeRequest(client.path)),
      ServerSentEvents: () => client.stream().answer,
      LongPolling: () => client.get().answer,
    };
    for (const name of others) {
      const body = `${name} transport not supported by this end point type`;
      expect(await answers[name]()).toMatchObject({ status: 404, body });
    }
  });

  test('of nobody who has ever negotiated is 404, while a WebSocket needs no negotiation', async () => {
    const { port } = await start();
    expect((await ask(port, requestText('GET', '/hub?id=nobody'))).status).toBe(404);
    expect((await ask(port, upgradeRequest('/hub'))).status).toBe(101);
  });

  test('that came as an upgrade to something else is answered as any other, and its socket lives', async () => {
    const { port } = await start();
    const client = await RawRequests.negotiate(port);
    const upgrade = upgradeRequest(client.path, { Upgrade: 'h2c' });
    const socket = new TextSocket(port, upgrade);
    await socket.until('HTTP/1.1 200 OK');
    socket.socket.write(requestText('GET', '/hub'));
    await socket.until('Connection ID required');
  });
});

describe('between two polls', () => {
  test('messages wait within the limits of the lane, and come in order, poll by poll', async () => {
    const { port, say } = await start(testHub({ slowConsumer: { highWaterBytes: 10_000 } }));
    const client = await RawRequests.poll(port);
    const text = (n: number) => `${n} ${'x'.repeat(995)}`;
    for (let n = 0; n < 100; n++) await say(text(n));
    const heard: unknown[] = [];
    const bodies: number[] = [];
    while (heard.length < 100) {
      const answer = await client.get().answer;
      bodies.push(answer.body.length);
      heard.push(...said(answer));
    }
    expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => text(n)));
    // The messages that have waited long do not all leave at once.
    expect(bodies.length).toBeGreaterThan(5);
    expect(Math.max(...bodies)).toBeLessThan(22_000);
  });

  test('a client for whom too much waits is sent away, and told so with its next poll', async () => {
    const left = new Inbox<string>();
    const hub = testHub({ slowConsumer: { highWaterBytes: 100, limitMessages: 10, graceMs: 0 } }, left);
    const { port, say, server } = await start(hub);
    const client = await RawRequests.poll(port);
    for (let n = 0; n < 30; n++) await say(`${n} ${'x'.repeat(50)}`);
    await left.until(1);
    expect(left.all).toEqual(['slow-consumer']);
    const answer = recordsOf(await client.get().answer);
    // First the bytes that were in the transport's own buffer already, then the end.
    expect(answer.at(-1)).toEqual({ type: 7, error: 'Connection closed with an error.', allowReconnect: true });
    expect(answer.length).toBeLessThan(12);
    expect((await client.get().answer).status).toBe(204);
    expect((await client.get().answer).status).toBe(404);
    expect(server.supervisor.size).toBe(0);
  });

  test('with another policy the oldest messages make room for the newest', async () => {
    const hub = testHub({
      slowConsumer: { highWaterBytes: 100, limitMessages: 5, graceMs: 0, policy: 'dropOldest' },
    });
    const { port, say } = await start(hub);
    const client = await RawRequests.poll(port);
    for (let n = 0; n < 30; n++) await say(`${n} ${'x'.repeat(50)}`);
    const heard: unknown[] = [];
    while (!String(heard.at(-1)).startsWith('29 ')) heard.push(...said(await client.get().answer));
    expect(heard.length).toBeLessThan(12);
  });

  test('a client may stay away for 15 s, also while more waits than its buffer holds', async () => {
    const left = new Inbox<string>();
    const hub = testHub({ slowConsumer: { highWaterBytes: 1_000, stallMs: 2_000 } }, left);
    const { port, say, pass } = await startTimed(hub);
    const client = await RawRequests.poll(port);
    for (let n = 0; n < 10; n++) await say(`${n} ${'x'.repeat(500)}`);
    for (let round = 0; round < 3; round++) {
      pass(14_000);
      expect(said(await client.get().answer).length).toBeGreaterThan(0);
    }
    expect(left.all).toEqual([]);
  });

  test('one that takes nothing of its answer is stalled', async () => {
    const left = new Inbox<string>();
    const hub = testHub({ slowConsumer: { limitBytes: 40_000_000, stallMs: 2_000 } }, left);
    const started = await startTimed(hub);
    const { port, server, pass } = started;
    const { slow } = await stuck(started);
    await arrived(port);
    pass(5_000);
    expect(await left.until(1)).toEqual(['slow-consumer']);
    // The client cannot be told of the end, either.
    await arrived(port);
    pass(20_000);
    await eventually(() => server.supervisor.size === 0);
    await slow.resume();
    await expect(slow.answer).rejects.toThrow('aborted');
  });

  test('one that does not take the rest of its answer has the time of a poll for it, also when little is left', async () => {
    // Limits so high that no client counts as stalled.
    const hub = testHub({ slowConsumer: { limitBytes: 100_000_000, highWaterBytes: 50_000_000 } });
    const started = await startTimed(hub);
    const { port, say, pass } = started;
    const { client, slow } = await stuck(started);
    await arrived(port);
    const next = client.get();
    await arrived(port);
    pass(89_800);
    await arrived(port);
    await say('behind it');
    await arrived(port);
    expect(next.pieces.length).toBe(0);
    pass(400);
    expect(said(await next.answer)).toEqual(['behind it']);
    await slow.resume();
    await expect(slow.answer).rejects.toThrow('aborted');
  });

  test('one that does not come back has left after 15 s, without an error, and its id is unknown', async () => {
    const left = new Inbox<string>();
    const { port, server, pass } = await startTimed(testHub({}, left));
    const client = await RawRequests.poll(port);
    const poll = client.get();
    await arrived(port);
    pass(60_000);
    expect(left.all).toEqual([]);
    poll.drop();
    await arrived(port);
    pass(14_900);
    expect(left.all).toEqual([]);
    pass(300);
    expect(await left.until(1)).toEqual(['connection-lost']);
    for (const call of [client.get(), client.call('Echo', 1), client.delete()]) {
      expect(await call.answer).toMatchObject({ status: 404, body: 'No Connection with that ID' });
    }
    await eventually(() => server.supervisor.size === 0);
    expect(server.runtimes.get('/hub')?.endpoint.negotiations).toMatchObject({ pending: 0, active: 0 });
  });

  test('one that has negotiated and polled, and says nothing, is told that its handshake is late', async () => {
    const { port, pass } = await startTimed(testHub({ handshakeTimeoutMs: 3_000 }));
    const client = await RawRequests.negotiate(port);
    await client.get().answer;
    const poll = client.get();
    await arrived(port);
    pass(3_200);
    expect(recordsOf(await poll.answer)).toEqual([{ error: 'Handshake was canceled.' }]);
    expect((await client.get().answer).status).toBe(204);
  });
});

describe('a poll for which there is nothing', () => {
  test.each([90_000, 20_000])(
    'is answered after pollTimeoutMs, %i, and the client polls again',
    async (pollTimeoutMs) => {
      const hub = testHub(pollTimeoutMs === 90_000 ? {} : { pollTimeoutMs });
      const { port, pass } = await startTimed(hub);
      const client = await RawRequests.poll(port);
      for (let round = 0; round < 2; round++) {
        const poll = client.get();
        await arrived(port);
        pass(pollTimeoutMs - 100);
        await arrived(port);
        expect(poll.pieces.length).toBe(0);
        pass(200);
        const { status, body, headers } = await poll.answer;
        expect([status, body, headers['content-type']]).toEqual([200, '', 'text/plain']);
      }
    },
  );

  test('is all that keeps a connection: no ping comes, and none is missed', async () => {
    const left = new Inbox<string>();
    const hub = testHub({ keepAliveIntervalMs: 1_000, clientTimeoutMs: 2_000 }, left);
    const { port, pass } = await startTimed(hub);
    const client = await RawRequests.poll(port);
    await client.post({ type: 6 }).answer;
    const poll = client.get();
    await arrived(port);
    pass(80_000);
    await client.post({ type: 1, target: 'Echo', arguments: [1], invocationId: '1' }).answer;
    expect(recordsOf(await poll.answer)).toEqual([{ type: 3, invocationId: '1', result: 1 }]);
    expect(left.all).toEqual([]);
  });
});

describe('the end over Long Polling', () => {
  test('by DELETE: what it had sent is dealt with, its signals fire, and its poll hears the end', async () => {
    const left = new Inbox<string>();
    const { port, server } = await start(testHub({}, left));
    const client = await RawRequests.poll(port);
    const poll = client.get();
    await client.post(
      { type: 1, target: 'Hold', arguments: [] },
      { type: 1, target: 'Note', arguments: ['what it had sent'] },
    ).answer;
    expect((await client.delete().answer).status).toBe(202);
    expect(recordsOf(await poll.answer)).toEqual([{ type: 7, allowReconnect: true }]);
    expect((await client.delete().answer).status).toBe(404);
    expect(await left.until(3)).toEqual(['the signal', 'what it had sent', 'client-closed']);
    await eventually(() => server.supervisor.size === 0);
  });

  test('cannot be had by DELETE before the first poll, nor over another transport', async () => {
    const { port } = await start();
    const others = await othersAt(port);
    const { pending, streaming, other } = others;
    for (const client of [pending, streaming, other]) {
      const body = 'Cannot terminate this connection using the DELETE endpoint.';
      expect(await client.delete().answer).toMatchObject({ status: 400, body });
    }
    expect((await pending.get().answer).status).toBe(200);
    await expectUnaffected(others);
  });

  test('that nobody comes for is over after five seconds', async () => {
    const left = new Inbox<string>();
    const { port, server, pass } = await startTimed(testHub({}, left));
    const client = await RawRequests.poll(port);
    await client.call('Abort').answer;
    await left.until(1);
    await arrived(port);
    pass(4_800);
    expect(server.supervisor.size).toBe(1);
    expect((await client.call('Echo', 1).answer).status).toBe(200);
    pass(400);
    await eventually(() => server.supervisor.size === 0);
    expect((await client.get().answer).status).toBe(404);
  });

  test('of the server: a poll that waits hears it, and so does the next one of a client in between', async () => {
    const left = new Inbox<string>();
    const { port, server } = await start(testHub({}, left));
    const [waiting, between] = [await RawRequests.poll(port), await RawRequests.poll(port)];
    const poll = waiting.get();
    await arrived(port);
    const closing = server.close();
    expect(recordsOf(await poll.answer)).toEqual([{ type: 7, allowReconnect: true }]);
    // Clients that are already connecting are still accepted.
    expect(recordsOf(await between.get().answer)).toEqual([{ type: 7, allowReconnect: true }]);
    for (const client of [waiting, between]) expect((await client.get().answer).status).toBe(204);
    await closing;
    expect(left.all).toEqual(['server-draining', 'server-draining']);
    await expect(ask(port, requestText('GET', '/healthz'))).rejects.toThrow('ECONNREFUSED');
  });

  test('of the server: while it waits for pollers nobody new gets in, over no transport', async () => {
    const { port, server } = await start();
    const client = await RawRequests.poll(port);
    const pending = await RawRequests.negotiate(port);
    const closing = server.close();
    const refused = [
      await ask(port, requestText('POST', '/hub/negotiate')),
      await ask(port, upgradeRequest('/hub')),
      await ask(port, requestText('GET', pending.path)),
      await ask(port, requestText('GET', pending.path, { Accept: 'text/event-stream' })),
    ];
    for (const { status, headers } of refused) expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    await client.get().answer;
    await client.get().answer;
    await closing;
  });

  test('a crash of what decides about polls ends that connection, and no other', async () => {
    const left = new Inbox<string>();
    const { port, server } = await start(testHub({}, left));
    const healthy = await openRaw(port);
    const client = await RawRequests.poll(port);
    const [, connection] = [...server.supervisor.connections()];
    Object.assign(connection?.transport.current as object, {
      hold() {
        throw new Error('crashed on command');
      },
    });
    expect((await client.get().answer).status).toBe(409);
    expect(await left.until(1)).toEqual(['connection-lost']);
    await eventually(() => server.supervisor.size === 1);
    expect(await healthy.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });
});
