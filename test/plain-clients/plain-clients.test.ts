// Clients that others have written, and that know nothing of SignalR, at the hubs that the standalone server has.
import { describe, expect, test } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { createFeedHub } from '../../src/hubs/feed.ts';
import type { ServerOptions } from '../../src/index.ts';
import { type ChatUser, enterChat, enterChatAs, receivedEvents } from '../support/chat.ts';
import { callsTo, connect } from '../support/clients.ts';
import { Inbox } from '../support/inbox.ts';
import { PlainClient } from '../support/plain-client.ts';
import { startServer } from '../support/test-server.ts';
import { by, TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';
import { PROGRAMS, ProgramClient } from './program-client.ts';

const CHAT = '/hubs/chat';
const FEED = '/hubs/feed';
const SUBPROTOCOL = 'signalbox.envelope.v1';
const CACHE_ID = expect.stringMatching(/^[\w-]{21}$/);
const INFO = { cacheId: CACHE_ID, sentAt: expect.any(String) };

async function start(options: Omit<ServerOptions, 'hubs'> = {}) {
  const { server, port, url } = await startServer({ [CHAT]: createChatHub(), [FEED]: createFeedHub() }, options);
  return { server, port, url, socketUrl: (path: string) => `ws://127.0.0.1:${port}${path}/ws` };
}

/** What a client has heard in the chat: arguments of `ReceiveMessage`. */
const heardBy = (client: ChatUser | ProgramClient) =>
  client instanceof ProgramClient
    ? client.payloads('ReceiveMessage')
    : receivedEvents(client, 'ReceiveMessage').map(([, ...args]) => args);

async function hears(client: ChatUser | ProgramClient, count: number): Promise<void> {
  const isEnough = () => heardBy(client).length >= count;
  await (client instanceof ProgramClient ? client.envelopes.first(isEnough) : client.received.first(isEnough));
}

for (const program of PROGRAMS) {
  describe.runIf(program.command !== undefined)(program.title, () => {
    const open = (url: string, ...offers: readonly string[]) => ProgramClient.open(program, url, ...offers);

    test('connects without a subprotocol and with ours, calls, and gets results and errors with its ids', async () => {
      const { socketUrl } = await start();
      const [ann, bob] = [await open(socketUrl(CHAT)), await open(socketUrl(CHAT), SUBPROTOCOL)];
      expect([ann.subprotocol, bob.subprotocol]).toEqual([null, SUBPROTOCOL]);
      expect(await ann.call('SetUsername', 'Ann', 1)).toMatchObject({ type: 'result', id: 1, payload: null });
      expect(await bob.call('setusername', ['Bob'], 'one')).toMatchObject({ type: 'result', id: 'one', payload: null });
      expect(await ann.call('SetUsername', 'Bob', 2)).toMatchObject({
        type: 'error',
        id: 2,
        payload: { message: expect.stringContaining('The name Bob is taken.') },
      });
      const users = [{ user: 'Ann' }, { user: 'Bob' }];
      expect(await bob.call('GetUsers', [], 2)).toMatchObject({ id: 2, payload: users });
      expect(await ann.call('Nothing', null, 3)).toMatchObject({ type: 'error', id: 3 });
      expect(bob.payloads('UserRenamed')).toMatchObject([[expect.stringContaining('guest-'), 'Ann']]);
    });

    test('gets what is said to all, and what is whispered to it alone, from clients of SignalR and to them', async () => {
      const { url, socketUrl } = await start();
      const ada = await enterChatAs('Ada', url(CHAT));
      const [ann, bob] = [await open(socketUrl(CHAT)), await open(socketUrl(CHAT))];
      await ann.call('SetUsername', 'Ann', 1);
      await bob.call('SetUsername', 'Bob', 1);
      await ada.client.invoke('Whisper', 'Ann', 'psst');
      expect(await ann.call('Whisper', ['Ada', 'what?'], 2)).toMatchObject({ payload: { cacheId: CACHE_ID } });
      await bob.call('SendMessage', 'grüß 日本 😀', 2);
      for (const client of [ada, ann, bob]) await hears(client, 1);
      for (const client of [ada, ann, bob]) expect(heardBy(client)).toEqual([['Bob', 'grüß 日本 😀', INFO]]);
      expect(ann.payloads('ReceiveWhisper')).toEqual([['Ada', 'psst', INFO]]);
      expect(bob.payloads('ReceiveWhisper')).toEqual([]);
      expect(receivedEvents(ada, 'ReceiveWhisper')).toEqual([['ReceiveWhisper', 'Ann', 'what?', INFO]]);
    });

    test('is told what it has sent that means nothing, and goes on', async () => {
      const { socketUrl } = await start();
      const client = await open(socketUrl(CHAT), SUBPROTOCOL);
      for (const text of ['{', '', '[]', '{"payload":1}', '{"type":"result"}']) client.sendText(text);
      client.sendBytes('{"type":"GetStats","id":1}');
      expect(await client.call('GetStats', [], 2)).toMatchObject({ type: 'result', payload: { messageCount: 0 } });
      // An empty message is ignored.
      expect(client.payloads('error')).toHaveLength(5);
      expect(client.envelopes.all.every(({ id }) => id === undefined || id === 2)).toBe(true);
      client.close(4_321);
      expect(await client.closed).toBe(1000);
      expect(await client.ended).toBe(0);
    });

    test('stays for longer than a client may be silent, because it answers pings', async () => {
      const { port, socketUrl } = await start({ hubOptions: { keepAliveIntervalMs: 50, clientTimeoutMs: 700 } });
      const client = await open(socketUrl(CHAT));
      const witness = await PlainClient.open(port, { path: `${CHAT}/ws` });
      const pings = new Inbox<unknown>();
      witness.socket.on('ping', pings.put);
      // At most each 100 ms: the server's wheel has no finer steps.
      const stayed = pings.until(8).then(() => 'it has stayed');
      expect(await Promise.race([stayed, client.closed])).toBe('it has stayed');
      expect(await client.call('GetStats', [], 1)).toMatchObject({ type: 'result' });
      expect(client.pings > 3).toBe(program.tellsPings);
    });

    test('is told that the server drains, and closed with 1001', async () => {
      const { server, socketUrl } = await start();
      const client = await open(socketUrl(CHAT));
      await server.close({ drainMs: 0 });
      expect(await client.closed).toBe(1001);
      expect(client.payloads('close')).toEqual([{ reason: 'server-draining', allowReconnect: true }]);
      expect(await client.ended).toBe(0);
    });

    test('in one room with clients of SignalR hears everything once, and all hear it in the same order', async () => {
      const { url, socketUrl } = await start();
      const officials = await Promise.all(TRANSPORT_PROTOCOLS.map((way) => enterChat(url(CHAT), by(way))));
      const plain = await Promise.all([open(socketUrl(CHAT)), open(socketUrl(CHAT), SUBPROTOCOL)]);
      const everybody = [...officials, ...plain];
      const rounds = Array.from({ length: 20 }, (_, round) => round);
      const linesOf = (who: number) => rounds.map((round) => `${who}.${round}`);
      for (const round of rounds) {
        for (const [who, client] of everybody.entries()) {
          const text = `${who}.${round}`;
          if (client instanceof ProgramClient) client.send({ type: 'SendMessage', payload: text });
          else void client.client.send('SendMessage', text);
        }
      }
      const count = everybody.length * rounds.length;
      for (const client of everybody) await hears(client, count);
      // Whatever is sent twice is there before an answer.
      for (const { client } of officials) await client.invoke('GetStats');
      for (const client of plain) await client.call('GetStats', [], 1);
      const [first, ...others] = everybody.map(heardBy);
      for (const other of others) expect(other).toEqual(first);
      const texts = (first as readonly (readonly string[])[]).map(([, text]) => text as string);
      expect(texts).toHaveLength(count);
      for (const who of everybody.keys())
        expect(texts.filter((text) => text.startsWith(`${who}.`))).toEqual(linesOf(who));
    });

    test('listens to the feed beside clients of SignalR; what it says there is not heard', async () => {
      const { server, url, socketUrl } = await start();
      const officials = await Promise.all(TRANSPORT_PROTOCOLS.map((way) => connect(url(FEED), by(way))));
      const heard = officials.map((client) => callsTo<[unknown]>(client, 'tick'));
      const plain = await Promise.all([open(socketUrl(FEED)), open(socketUrl(FEED), SUBPROTOCOL)]);
      expect(server.clientCount()).toBe(officials.length + plain.length);
      const ticks = Array.from({ length: 100 }, (_, number) => ({ number }));
      for (const tick of ticks) {
        for (const client of plain) client.send({ type: 'tick', payload: 'mine', id: 1 });
        await server.broadcast('tick', tick);
      }
      await server.broadcast('end', null);
      for (const client of plain) {
        await client.envelopes.first(({ type }) => type === 'end');
        expect(client.envelopes.all.map(({ type, payload }) => [type, payload])).toEqual([
          ...ticks.map((tick) => ['tick', tick]),
          ['end', null],
        ]);
      }
      for (const inbox of heard) expect(await inbox.until(100)).toEqual(ticks.map((tick) => [tick]));
    });
  });
}
