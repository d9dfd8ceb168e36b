import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type HubOptions, method, setupHub } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { arrived, HttpCall, RawRequests, recordsOf } from '../support/raw-polling.ts';
import { startServer } from '../support/test-server.ts';
import { startTimedServer } from '../support/timed-server.ts';

const HANDSHAKE = '{"protocol":"json","version":1}\x1e';

/** Records the calls. A call of `Hold` runs until `held` is resolved. */
class Notes {
  readonly all = new Inbox<string>();
  readonly held = defer();
}

function notingHub(notes: Notes, options: HubOptions = {}) {
  return setupHub({}).createHub({
    options,
    methods: {
      Note: method([z.string()], (_hub, text) => notes.all.put(text)),
      Hold: method([], async () => {
        await notes.held.promise;
        notes.all.put('held');
      }),
      WhoAmI: method([], ({ connectionId, user }) => ({ connectionId, user: user?.id ?? null })),
    },
    onConnected: () => notes.all.put('connected'),
    onDisconnected: (_hub, reason) => notes.all.put(reason.name),
  });
}

const note = (text: string) => ({ type: 1, target: 'Note', arguments: [text] });
const noteText = (text: string) => `${JSON.stringify(note(text))}\x1e`;
const GONE = { status: 404, body: '', headers: { 'content-type': 'text/plain' } };
const TAKEN = { status: 200, body: '', headers: { 'content-type': 'text/plain' } };

/** All requests that reach the server. */
function seenBy(http: Server): IncomingMessage[] {
  const requests: IncomingMessage[] = [];
  const { emit } = http;
  http.emit = (event: string, ...args: unknown[]) => {
    if (event === 'request') requests.push(args[0] as IncomingMessage);
    return Reflect.apply(emit, http, [event, ...args]);
  };
  return requests;
}

/** A body that does not end. Its beginning, with this note, has been read. */
async function unfinished(client: RawRequests, { all }: Notes, text: string): Promise<HttpCall> {
  const call = client.postText(undefined);
  call.request.write(noteText(text));
  await all.first((note) => note === text);
  return call;
}

async function start(options: HubOptions = {}) {
  const notes = new Notes();
  return { ...(await startServer({ '/hub': notingHub(notes, options) })), notes };
}

async function startTimed(options: HubOptions = {}) {
  const notes = new Notes();
  return { ...(await startTimedServer({ '/hub': notingHub(notes, options) })), notes };
}

describe('bodies', () => {
  test('are one stream, in the order in which their requests came, however they are cut', async () => {
    const { port, notes } = await start();
    const client = await RawRequests.poll(port);
    const first = client.postText(undefined);
    first.request.write(noteText('a') + noteText('b').slice(0, 20));
    await notes.all.until(2);
    const second = client.postText(noteText('b').slice(20) + noteText('c'));
    await arrived(port);
    const third = client.postText(noteText('d'));
    await arrived(port);
    // They wait until the first one has ended.
    expect(notes.all.length).toBe(2);
    first.request.end();
    for (const call of [first, second, third]) expect(await call.answer).toMatchObject(TAKEN);
    expect(notes.all.all).toEqual(['connected', 'a', 'b', 'c', 'd']);
  });

  test('that break off leave what had come in the stream, and the next one goes on behind it', async () => {
    const { port, notes } = await start();
    const client = await RawRequests.poll(port);
    const broken = client.postText(undefined);
    broken.request.write(noteText('whole') + noteText('half').slice(0, 20));
    await notes.all.until(2);
    const next = client.postText(noteText('half').slice(20));
    await arrived(port);
    broken.drop();
    expect(await next.answer).toMatchObject(TAKEN);
    expect(notes.all.all).toEqual(['connected', 'whole', 'half']);
  });

  test('that wait may be given up: nothing of them is read', async () => {
    const { port, notes } = await start();
    const client = await RawRequests.poll(port);
    const first = await unfinished(client, notes, 'first');
    const given = client.postText(noteText('given up'));
    await arrived(port);
    given.drop();
    await arrived(port);
    const last = client.postText(noteText('last'));
    await arrived(port);
    first.request.end();
    expect(await last.answer).toMatchObject(TAKEN);
    expect(notes.all.all).toEqual(['connected', 'first', 'last']);
  });

  test('can wait in a number of 16; one more is 429', async () => {
    const { port, notes } = await start();
    const client = await RawRequests.poll(port);
    const first = await unfinished(client, notes, 'first');
    const waiting: HttpCall[] = [];
    for (let n = 0; n < 16; n++) {
      waiting.push(client.postText(noteText(`${n}`)));
      await arrived(port);
    }
    expect((await client.postText(noteText('too many')).answer).status).toBe(429);
    first.request.end();
    for (const call of waiting) expect((await call.answer).status).toBe(200);
    expect(notes.all.all.slice(2)).toEqual(Array.from({ length: 16 }, (_, n) => `${n}`));
  });

  test('that are turned away are let go at once, also when the answer stands behind others on its socket', async () => {
    const { server } = await start();
    const http = createHttpServer();
    await server.attach(http);
    const requests = seenBy(http);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => http.closeAllConnections());
    onTestFinished(() => void http.close());
    const { port } = http.address() as AddressInfo;
    const { connectionToken } = await negotiate(port, '/hub');
    const body = 'x'.repeat(5_000);
    const post = requestText('POST', `/hub?id=${connectionToken}`, { 'Content-Length': `${body.length}` }) + body;
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(post.repeat(18));
    await eventually(() => requests.length === 19 && requests.slice(17).every(({ readableEnded }) => readableEnded));
    expect(requests.slice(1, 17).some(({ readableDidRead }) => readableDidRead)).toBe(false);
  });

  test('have 30 s, from their turn on; then it is 408, and the connection lives', async () => {
    const { port, notes, pass } = await startTimed();
    const client = await RawRequests.poll(port);
    const slow = await unfinished(client, notes, 'slow');
    const next = client.postText(undefined);
    next.request.flushHeaders();
    await arrived(port);
    // Polls keep the connection open meanwhile.
    const poll = client.get();
    await arrived(port);
    pass(29_900);
    await arrived(port);
    expect(slow.pieces.length).toBe(0);
    pass(200);
    expect((await slow.answer).status).toBe(408);
    next.request.write(noteText('next'));
    await notes.all.until(3);
    pass(29_000);
    next.request.end();
    expect(await next.answer).toMatchObject(TAKEN);
    expect(notes.all.all).toEqual(['connected', 'slow', 'next']);
    poll.drop();
  });

  test('longer than maximumFrameBytes are 413, and harm nobody', async () => {
    const { port, notes } = await start({ maximumReceiveMessageBytes: 1_000, maximumFrameBytes: 5_000 });
    const client = await RawRequests.poll(port);
    const long = noteText('x'.repeat(900));
    // A request that declares its length is refused at once, and nothing of it is taken.
    const declared = client.postText(undefined, { 'Content-Length': `${long.length * 6}` });
    declared.request.write(long);
    expect((await declared.answer).status).toBe(413);
    declared.drop();
    expect(notes.all.length).toBe(1);
    // A request that does not declare its length is refused when it has sent too much. What was too much is not taken.
    const chunked = client.postText(undefined);
    chunked.request.write(long.repeat(4));
    await notes.all.until(5);
    chunked.request.end(long.repeat(2));
    expect((await chunked.answer).status).toBe(413);
    expect((await client.postText(long.repeat(5)).answer).status).toBe(200);
    expect((await client.post(note('after it')).answer).status).toBe(200);
    await notes.all.until(11);
    expect(notes.all.all.map((text) => text.slice(0, 9))).toEqual([
      'connected',
      ...Array(9).fill('x'.repeat(9)),
      'after it',
    ]);
  });

  test('may be announced before they come (Expect: 100-continue)', async () => {
    const { port, notes } = await start();
    const client = await RawRequests.poll(port);
    const call = client.postText(undefined, { Expect: '100-continue' });
    call.request.flushHeaders();
    await new Promise((resolve) => call.request.once('continue', resolve));
    call.request.end(noteText('announced'));
    expect(await call.answer).toMatchObject(TAKEN);
    expect(notes.all.all).toEqual(['connected', 'announced']);
  });

  test('of a request that would also like another protocol than HTTP are read', async () => {
    const { port, notes } = await start();
    const client = await RawRequests.poll(port);
    const headers = { Connection: 'Upgrade', Upgrade: 'h2c' };
    expect((await client.postText('', headers).answer).status).toBe(200);
    expect(await client.postText(noteText('x'), headers).answer).toMatchObject(TAKEN);
    expect(notes.all.all).toEqual(['connected', 'x']);
  });
});

describe('back-pressure', () => {
  const full = [{ type: 1, target: 'Hold', arguments: [] }, ...Array.from({ length: 150 }, (_, n) => note(`${n}`))];

  test('a full mailbox keeps the answer back, and all that would come behind it', async () => {
    const { port, notes, server } = await start();
    const client = await RawRequests.poll(port);
    const first = client.post(...full);
    await arrived(port);
    const second = client.post(note('behind'));
    await arrived(port);
    const [connection] = [...server.supervisor.connections()];
    expect(connection?.session?.mailbox.isPaused).toBe(true);
    expect([first.pieces.length, second.pieces.length, notes.all.length]).toEqual([0, 0, 1]);
    let isAnswered = false;
    first.opened.then(() => {
      isAnswered = true;
    });
    await arrived(port);
    expect(isAnswered).toBe(false);
    notes.held.resolve();
    expect(await first.answer).toMatchObject(TAKEN);
    expect(await second.answer).toMatchObject(TAKEN);
    await notes.all.first((text) => text === 'behind');
    expect(notes.all.all.slice(1)).toEqual(['held', ...Array.from({ length: 150 }, (_, n) => `${n}`), 'behind']);
  });

  test('whoever is kept back when the connection ends is told that it is gone; what was taken is done', async () => {
    const { port, notes } = await start();
    const client = await RawRequests.poll(port);
    const first = client.post(...full);
    await arrived(port);
    const behind = client.post(note('behind'));
    await arrived(port);
    expect((await client.delete().answer).status).toBe(202);
    for (const call of [first, behind]) expect(await call.answer).toMatchObject(GONE);
    notes.held.resolve();
    await notes.all.first((text) => text === 'client-closed');
    expect(notes.all.all.slice(1, -1)).toEqual(['held', ...Array.from({ length: 150 }, (_, n) => `${n}`)]);
  });
});

describe('what is posted before there is a transport', () => {
  test.each([
    [
      'Long Polling',
      async (client: RawRequests) => [...recordsOf(await client.get().answer), ...recordsOf(await client.get().answer)],
    ],
    [
      'Server-Sent Events',
      async (client: RawRequests) => {
        const stream = client.stream();
        stream.answer.catch(() => {});
        await stream.pieces.first((text) => text.includes('{}'));
        return [{}];
      },
    ],
    [
      'WebSockets',
      async (client: RawRequests) => {
        const socket = await openRaw(client.port, { path: client.path, handshake: false });
        return [...(await socket.records.until(1))];
      },
    ],
  ])('is the beginning of what the hub reads, over %s', async (_name, open) => {
    const { port, notes } = await start();
    const client = await RawRequests.negotiate(port);
    expect(await client.postText(HANDSHAKE).answer).toMatchObject(TAKEN);
    expect(await client.postText(noteText('early')).answer).toMatchObject(TAKEN);
    expect(notes.all.length).toBe(0);
    expect(await open(client)).toEqual([{}]);
    expect(await notes.all.until(2)).toEqual(['connected', 'early']);
  });

  test('is taken as far as it is short; the rest waits, and is gone with the connection that nobody opened', async () => {
    const { port, notes, pass } = await startTimed();
    const [opened, never] = [await RawRequests.negotiate(port), await RawRequests.negotiate(port)];
    const long = noteText('x'.repeat(3_000));
    for (const client of [opened, never]) expect(await client.postText(HANDSHAKE + long).answer).toMatchObject(TAKEN);
    const waiting = [opened.postText(long), never.postText(long)];
    const chunked = opened.postText(undefined);
    chunked.request.write(noteText('last'));
    await arrived(port);
    expect(waiting.map(({ pieces }) => pieces.length)).toEqual([0, 0]);
    await opened.get().answer;
    expect(await (waiting[0] as HttpCall).answer).toMatchObject(TAKEN);
    chunked.request.end();
    expect(await chunked.answer).toMatchObject(TAKEN);
    expect((await notes.all.until(4)).map((text) => text.slice(0, 9))).toEqual([
      'connected',
      'xxxxxxxxx',
      'xxxxxxxxx',
      'last',
    ]);
    pass(15_100);
    expect(await (waiting[1] as HttpCall).answer).toMatchObject(GONE);
    expect((await never.postText('x').answer).body).toBe('No Connection with that ID');
  });

  test('cannot be added to once a WebSocket has opened', async () => {
    const { port } = await start();
    const client = await RawRequests.negotiate(port);
    await openRaw(port, { path: client.path });
    expect(await client.postText('x').answer).toMatchObject({
      status: 405,
      body: 'POST requests are not allowed for WebSocket connections.',
    });
  });
});

describe('each request', () => {
  test('is authenticated, and is for its own user only: to all others there is no such connection', async () => {
    const notes = new Notes();
    const asked: string[] = [];
    const { port } = await startServer(
      { '/hub': notingHub(notes) },
      {
        authenticate: ({ headers, url }) => {
          const name = headers['x-user'];
          asked.push(`${name} ${url.split('?')[0]}`);
          if (name === 'forged') throw new Error('no');
          return name === undefined ? null : { id: name, roles: [] };
        },
      },
    );
    const ada = await RawRequests.poll(port, '/hub', { 'X-User': 'ada' });
    for (const headers of [{ 'X-User': 'bob' }, {}]) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const call = new HttpCall(port, ada.path, { method, headers, body: noteText('not mine') });
        expect(await call.answer, method).toMatchObject({ status: 404, body: 'No Connection with that ID' });
      }
      const stream = new HttpCall(port, ada.path, { headers: { ...headers, Accept: 'text/event-stream' } });
      expect((await stream.answer).status).toBe(404);
      expect((await ask(port, upgradeRequest(ada.path, headers))).status).toBe(404);
    }
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect((await new HttpCall(port, ada.path, { method, headers: { 'X-User': 'forged' } }).answer).status).toBe(401);
    }
    expect((await ada.post(note('mine')).answer).status).toBe(200);
    expect(notes.all.all).toEqual(['connected', 'mine']);
    // Negotiation, two polls and a handshake, the requests of the other clients, and the note.
    expect(asked.filter((line) => line.startsWith('ada'))).toHaveLength(5);
    expect(asked).toHaveLength(5 + 2 * 5 + 3);
  });

  test('whose client hangs up while authenticate takes its time changes nothing', async () => {
    const notes = new Notes();
    const waiting = new Inbox<() => void>();
    let isSlow = false;
    const { port, server } = await startServer(
      { '/hub': notingHub(notes) },
      { authenticate: () => (isSlow ? new Promise((resolve) => waiting.put(() => resolve(null))) : null) },
    );
    const client = await RawRequests.negotiate(port);
    isSlow = true;
    const calls = [client.get(), client.stream(), client.postText(HANDSHAKE)];
    await waiting.until(3);
    isSlow = false;
    for (const call of calls) call.drop();
    await arrived(port);
    await arrived(port);
    for (const goOn of waiting.all) goOn();
    await arrived(port);
    expect(server.supervisor.size).toBe(0);
    // It can still be opened, by any transport.
    await openRaw(port, { path: client.path });
    await eventually(() => notes.all.length === 1);
  });
});

test('a request to nothing of ours is nobody of ours to answer', async () => {
  const { port } = await start();
  for (const path of ['/hub/x', '/hub/negotiate/x', '/hubs']) {
    expect((await ask(port, requestText('POST', path))).status).toBe(404);
  }
});
