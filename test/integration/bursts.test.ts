import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { callsTo, closed, connect } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

interface Counting {
  Number(n: number): void;
}

function countingHub(received: Inbox<string> = new Inbox()) {
  return setupHub({ client: {} as Counting }).createHub({
    methods: {
      Take: method([z.string()], (_hub, text) => received.put(text)),
      TakeLater: method([z.string()], async (_hub, text) => {
        await Promise.resolve();
        received.put(text);
      }),
      CountForMe: method([z.number()], (hub, until) => {
        for (let n = 0; n < until; n++) void hub.clients.caller.send('Number', n);
      }),
      CountForAll: method([z.number()], (hub, until) => {
        for (let n = 0; n < until; n++) void hub.clients.all.send('Number', n);
      }),
    },
  });
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('many messages at once', () => {
  test('1,000 calls, each awaited, arrive in their order', async () => {
    const received = new Inbox<string>();
    const { url } = await startServer({ '/hub': countingHub(received) });
    const client = await connect(url('/hub'));
    for (const n of upTo(1_000)) await client.invoke('TakeLater', String(n));
    expect(received.all).toEqual(upTo(1_000).map(String));
  });

  test('four sends of 30 KB in one tick arrive, although they come as one frame of 120 KB', async () => {
    const received = new Inbox<string>();
    const { url } = await startServer({ '/hub': countingHub(received) });
    const client = await connect(url('/hub'));
    const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(30_000));
    const sent = texts.map((text) => client.send('Take', text));
    await Promise.all(sent);
    await received.until(4);
    expect(received.all.map((text) => [text[0], text.length])).toEqual(['a', 'b', 'c', 'd'].map((l) => [l, 30_000]));
    expect(await client.invoke('Take', 'still there')).toBeNull();
  });

  test.each(['Take', 'TakeLater'])('20,000 sends in one tick: %s runs for each, in their order', async (name) => {
    const received = new Inbox<string>();
    const { url, server } = await startServer({ '/hub': countingHub(received) });
    const client = await connect(url('/hub'));
    const waiting: number[] = [];
    const sent = upTo(20_000).map((n) => client.send(name, String(n)));
    await Promise.all(sent);
    await eventually(() => {
      for (const { session } of server.supervisor.connections()) waiting.push(session?.mailbox.length ?? 0);
      return received.length >= 20_000;
    });
    expect(received.all).toEqual(upTo(20_000).map(String));
    // The mailbox was never over its limit: the other calls stayed bytes.
    expect(Math.max(...waiting)).toBeLessThanOrEqual(100);
    // The same connection still answers: a fast client is not disconnected.
    expect(await client.invoke(name, 'last')).toBeNull();
    expect([...server.connections()].map(({ connectionId }) => connectionId)).toEqual([client.connectionId]);
  });

  test.each(['CountForMe', 'CountForAll'])(
    '5,000 pushes in one tick (%s) reach a healthy client in order',
    async (name) => {
      const { url } = await startServer({ '/hub': countingHub() });
      const client = await connect(url('/hub'));
      const numbers = callsTo<[number]>(client, 'Number');
      const gone = closed(client).then((error) => Promise.reject(new Error('the client was closed', { cause: error })));
      // Un-awaited sends that no moderator holds leave before the completion of the method that made them.
      await Promise.race([client.invoke(name, 5_000), gone]);
      expect(numbers.all.flat()).toEqual(upTo(5_000));
      expect(await client.invoke('Take', 'still there')).toBeNull();
    },
  );

  test('5,000 pushes in one tick reach fifty healthy clients in order', async () => {
    const { url } = await startServer({ '/hub': countingHub() });
    const clients = await Promise.all(Array.from({ length: 50 }, () => connect(url('/hub'))));
    const inboxes = clients.map((client) => callsTo<[number]>(client, 'Number'));
    await clients[0]?.invoke('CountForAll', 5_000);
    for (const inbox of inboxes) expect((await inbox.until(5_000)).flat()).toEqual(upTo(5_000));
  });
});
