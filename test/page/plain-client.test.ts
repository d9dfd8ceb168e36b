// The page's client that speaks no SignalR, against real servers.
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createChatHub } from '../../src/hubs/chat.ts';
import { method, setupHub } from '../../src/index.ts';
import { RefusedError } from '../../src/page/client.ts';
import { PlainClient } from '../../src/page/plain-client.ts';
import { errorText } from '../../src/page/words.ts';
import { connect } from '../support/clients.ts';
import { Hold } from '../support/hold.ts';
import { Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

/** What Node.js 20 lacks. A socket that fails has an event for it, as in a browser, and raises no error. */
class BrowserSocket extends WebSocket {
  constructor(address: URL, protocols: string) {
    super(address, protocols);
    this.on('error', () => {});
  }
}

beforeEach(() => {
  vi.stubGlobal('WebSocket', BrowserSocket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A client, and for each end of its connections whether it may return. */
function clientOf(url: string, key?: string) {
  const ends = new Inbox<boolean>();
  const client = new PlainClient({ url, key }, ends.put);
  onTestFinished(() => client.stop());
  return { client, ends };
}

async function open(url: string, key?: string) {
  const opened = clientOf(url, key);
  await opened.client.start();
  return opened;
}

/** Arguments of each call of this method. */
function heard(client: PlainClient, name: string): Inbox<readonly unknown[]> {
  const inbox = new Inbox<readonly unknown[]>();
  client.on(name, (...args: unknown[]) => inbox.put(args));
  return inbox;
}

const chat = async () => (await startServer({ '/chat': createChatHub() })).url('/chat');
const errorOf = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );

describe('the plain client of the page', () => {
  test('calls the hub, and is called with one argument or several', async () => {
    const url = await chat();
    const [{ client: ann }, { client: bob }] = await Promise.all([open(url), open(url)]);
    const [joined, messages, typing] = ['UserJoined', 'ReceiveMessage', 'UserTyping'].map((name) => heard(ann, name));
    expect(await ann.invoke('SetUsername', 'ann')).toBeNull();
    await bob.invoke('SetUsername', 'bob');
    expect(await bob.invoke('GetUsers', null, { after: undefined, limit: 1 })).toMatchObject([{ user: 'ann' }]);
    const { client: zoe } = await open(url);
    const { username } = await zoe.invoke<{ username: string }>('GetStats');
    await joined?.first(([name]) => name === username);
    await bob.send('SetTyping', true);
    expect(await typing?.until(1)).toEqual([['bob', true]]);
    const { cacheId } = await bob.invoke<{ cacheId: string }>('SendMessage', 'hello');
    expect(await messages?.until(1)).toEqual([['bob', 'hello', { cacheId, sentAt: expect.any(String) }]]);
  });

  test('takes answers in any order', async () => {
    const hold = new Hold();
    const hub = setupHub({ client: {} }).createHub({
      options: { plain: true, maximumParallelInvocationsPerClient: 2 },
      methods: { Hold: method([], () => hold.released.then(() => 'held')), Pass: method([], () => 'passed') },
    });
    const { client } = await open((await startServer({ '/hub': hub })).url('/hub'));
    const held = client.invoke('Hold');
    expect(await client.invoke('Pass')).toBe('passed');
    hold.release();
    expect(await held).toBe('held');
  });

  test.each([
    ['SetUsername', ['bob'], 'The name bob is taken.'],
    ['SetUsername', ['zo\u202ee'], /^The name contains U\+202E/],
    ['SetUsername', [5], 'The server did not accept that.'],
    ['Whisper', ['nobody', 'hello'], 'There is no user nobody.'],
    ['Nothing', [], 'Method does not exist.'],
  ])('%s(%j) has the error of the official client, and its text for people', async (name, args, text) => {
    const url = await chat();
    const [{ client }, official] = await Promise.all([open(url), connect(url)]);
    await (await open(url)).client.invoke('SetUsername', 'bob');
    const [error, other] = await Promise.all([
      errorOf(client.invoke(name, ...args)),
      errorOf(official.invoke(name, ...args)),
    ]);
    expect(error.message).toBe(other.message);
    expect(errorText(error)).toEqual(text instanceof RegExp ? expect.stringMatching(text) : text);
  });

  test('is at PATH/ws, over TLS where the page is, with its subprotocol, and the key in the query', () => {
    const sockets: unknown[][] = [];
    class Recorder {
      constructor(address: URL, protocols: string) {
        sockets.push([address.href, protocols]);
      }
      addEventListener(): void {}
      close(): void {}
    }
    vi.stubGlobal('WebSocket', Recorder);
    void clientOf('http://127.0.0.1:5080/hubs/chat').client.start();
    void clientOf('https://chat.example/app/hubs/chat', 'a+/=').client.start();
    expect(sockets).toEqual([
      ['ws://127.0.0.1:5080/hubs/chat/ws', 'signalbox.envelope.v1'],
      ['wss://chat.example/app/hubs/chat/ws?access_token=a%2B%2F%3D', 'signalbox.envelope.v1'],
    ]);
  });

  test('can tell that a server wants another key from one that is out of reach, or has no such hub', async () => {
    const { server, url } = await startServer(
      { '/chat': createChatHub(), '/other': setupHub({ client: {} }).createHub({ methods: {} }) },
      {
        authenticate: ({ query }) => {
          if (query.get('access_token') !== 'good') throw new Error('no');
          return { id: 'ann', roles: [] };
        },
      },
    );
    await open(url('/chat'), 'good');
    const start = (path: string, key?: string) => errorOf(clientOf(url(path), key).client.start());
    expect(await start('/chat', 'bad')).toBeInstanceOf(RefusedError);
    expect(await start('/chat')).toBeInstanceOf(RefusedError);
    expect(await start('/other', 'good')).not.toBeInstanceOf(RefusedError);
    await server.close({ drainMs: 0 });
    expect(await start('/chat')).not.toBeInstanceOf(RefusedError);
  });

  test.each(['the server drains', 'the line is cut', 'the hub ends it'])(
    'tells whether it may return when %s',
    async (how) => {
      const { server, url } = await startServer({ '/chat': createChatHub() });
      const { client, ends } = await open(url('/chat'));
      const [connection] = server.supervisor.connections();
      if (how === 'the server drains') void server.close();
      else if (how === 'the line is cut') connection?.transport.current.terminate();
      else for (const { abort } of server.connections()) abort();
      expect(await ends.until(1)).toEqual([how !== 'the hub ends it']);
      expect(client.isOpen).toBe(false);
      expect(errorText(await errorOf(client.invoke('GetStats')))).toBe('That did not reach the server.');
      await expect(client.send('SetTyping', true)).rejects.toThrow();
    },
  );

  test('lets calls fail whose answer is lost with the line', async () => {
    const hold = new Hold();
    const hub = setupHub({ client: {} }).createHub({
      options: { plain: true },
      methods: {
        Hold: method([], () => {
          hold.begun.put('');
          return hold.released;
        }),
      },
    });
    const { server, url } = await startServer({ '/hub': hub });
    const { client } = await open(url('/hub'));
    const held = errorOf(client.invoke('Hold'));
    await hold.begun.until(1);
    for (const { transport } of server.supervisor.connections()) transport.current.terminate();
    expect(errorText(await held)).toBe('That did not reach the server.');
    hold.release();
  });

  test('that is stopped has ended at once, and can be started again', async () => {
    const url = await chat();
    const { client, ends } = await open(url);
    const call = errorOf(client.invoke('GetStats'));
    await client.stop();
    expect(errorText(await call)).toBe('That did not reach the server.');
    const started = client.start();
    await client.stop();
    await expect(started).rejects.toThrow('stopped');
    await client.start();
    expect(await client.invoke('GetStats')).toMatchObject({ messageCount: 0 });
    expect(ends.all, 'nobody has to be told').toEqual([]);
  });
});

describe('a connection on which nothing is received', () => {
  /** A server that says only what the test tells it to say. */
  async function openToSilent() {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const silent = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => silent.close());
    const questions = new Inbox<{ readonly type: string; readonly id: number }>();
    let say = (_envelope: object): void => {};
    silent.on('connection', (socket) => {
      socket.on('message', (data) => questions.put(JSON.parse(String(data))));
      say = (envelope) => socket.send(JSON.stringify(envelope));
    });
    await new Promise((resolve) => silent.on('listening', resolve));
    const opened = await open(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    return { ...opened, questions, say: (envelope: object) => say(envelope) };
  }

  test('is tried with a question after 20 s, and is lost 10 s later', async () => {
    const { client, ends, questions } = await openToSilent();
    vi.advanceTimersByTime(20_000);
    expect(await questions.until(1)).toEqual([{ type: 'GetStats', payload: [], id: 1 }]);
    vi.advanceTimersByTime(9_999);
    expect(ends.all).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ends.all).toEqual([true]);
    expect(client.isOpen).toBe(false);
    vi.advanceTimersByTime(60_000);
    expect([ends.length, questions.length], 'and is watched no more').toEqual([1, 1]);
  });

  test('is not lost as long as the server says something, or answers', async () => {
    const { client, ends, questions, say } = await openToSilent();
    const news = heard(client, 'News');
    for (let round = 1; round <= 5; round++) {
      vi.advanceTimersByTime(10_000);
      say({ type: 'News', payload: round });
      await news.until(round);
    }
    expect(questions.length).toBe(0);
    const call = client.invoke('Ask');
    vi.advanceTimersByTime(20_000);
    for (const { id } of [...(await questions.until(2))].reverse()) say({ type: 'result', id, payload: null });
    await call;
    vi.advanceTimersByTime(10_000);
    expect([ends.length, questions.length]).toEqual([0, 2]);
  });
});
