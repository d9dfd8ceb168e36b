import { Subject } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HubError, method, setupHub, stream } from '../../src/index.ts';
import { collect, nothing, subjectOf } from '../support/client-streams.ts';
import { connect, inMessagePack } from '../support/clients.ts';
import { Inbox } from '../support/inbox.ts';
import { streamingMethods } from '../support/streaming-methods.ts';
import { startServer } from '../support/test-server.ts';

/** @param diary Records what the methods saw, and the ends of the connections. */
function streamHub(diary: Inbox<string> = new Inbox()) {
  return setupHub({}).createHub({
    options: { maximumParallelStreamsPerClient: 3 },
    methods: {
      ...streamingMethods(diary),
      Countdown: stream([z.int()], async function* (_hub, from) {
        for (let n = from; n > 0; n--) yield n;
      }),
      Refuse: stream([z.int()], async function* (_hub, after) {
        for (let n = 0; n < after; n++) yield n;
        throw new HubError('no more');
      }),
      Break: stream([], async function* () {
        yield 1;
        throw new Error('the password is 1234');
      }),
      Timed: stream([], { timeoutMs: 100 }, async function* ({ signal }) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }),
      Add: method([z.int(), z.int()], (_hub, a, b) => a + b),
      Note: method([], { upload: [z.string()] }, async (_hub, words) => {
        for await (const word of words) diary.put(`read ${word}`);
      }),
      Zip: method([z.string()], { upload: [z.string(), z.int()] }, async (_hub, between, words, numbers) => {
        const pairs: string[] = [];
        const iterator = numbers[Symbol.asyncIterator]();
        for await (const word of words) pairs.push(`${word}${between}${(await iterator.next()).value}`);
        return pairs;
      }),
    },
    onDisconnected: (_hub, reason) => diary.put(`disconnected: ${reason.name}`),
  });
}

describe.each([
  ['JSON', () => ({})],
  ['MessagePack', inMessagePack],
])('the official client, in %s,', (_name, spoken) => {
  test('gets the items of a stream, and its end', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    expect(await collect(client.stream('Countdown', 3))).toEqual({ items: [3, 2, 1] });
    expect(await collect(client.stream('Countdown', 0))).toEqual({ items: [] });
    const items = ['Grüße, 世界', null, { nested: [1, [2]] }, 0, ''];
    expect(await collect(client.stream('Items', items))).toEqual({ items });
  });

  test('may stream a thousand items behind a call that was refused, and stays', async () => {
    const diary = new Inbox<string>();
    const { url } = await startServer({ '/hub': streamHub(diary) });
    const client = await connect(url('/hub'), spoken());
    const words = new Subject<string>();
    const refused = client.invoke('NoSuchMethod', words);
    await expect(refused).rejects.toThrow('Method does not exist.');
    for (let n = 0; n < 1_000; n++) words.next(`word ${n}`);
    words.complete();
    expect(await client.invoke('Add', 1, 2)).toBe(3);
    expect(diary.all).toEqual([]);
  });

  test('gets ten thousand items, in their order, beside calls', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    const streamed = collect(client.stream<number>('Countdown', 10_000));
    expect(await client.invoke('Add', 1, 2)).toBe(3);
    const { items } = await streamed;
    expect(items).toEqual(Array.from({ length: 10_000 }, (_, n) => 10_000 - n));
  });

  test('is told of an error behind the items before it, with its text only if it is a HubError', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    expect(await collect(client.stream('Refuse', 2))).toEqual({
      items: [0, 1],
      error: 'An error occurred on the server while streaming results. HubException: no more',
    });
    expect(await collect(client.stream('Break'))).toEqual({
      items: [1],
      error: 'An error occurred on the server while streaming results.',
    });
    expect(await client.invoke('Add', 1, 2)).toBe(3);
  });

  test('is told when it streams what is no stream, and the other way round', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    expect(await collect(client.stream('add', 1, 2))).toEqual({
      items: [],
      error: "The client attempted to invoke the non-streaming 'Add' method with a streaming invocation.",
    });
    await expect(client.invoke('countdown', 3)).rejects.toThrow(
      new Error("The client attempted to invoke the streaming 'Countdown' method with a non-streaming invocation."),
    );
    expect(await collect(client.stream('Nope'))).toMatchObject({
      error: expect.stringContaining('Method does not exist'),
    });
    expect(await collect(client.stream('Countdown', 'three'))).toEqual({
      items: [],
      error: "Failed to invoke 'Countdown' due to an error on the server.",
    });
  });

  test('cancels a stream by disposing of it: the method is told, and its place is free', async () => {
    const diary = new Inbox<string>();
    const { url } = await startServer({ '/hub': streamHub(diary) });
    const client = await connect(url('/hub'), spoken());
    for (let round = 1; round <= 5; round++) {
      const seen = new Inbox<number>();
      const subscription = client.stream<number>('Ticks').subscribe({ ...nothing, next: seen.put });
      await seen.until(3);
      subscription.dispose();
      await diary.until(round);
    }
    expect(new Set(diary.all)).toEqual(new Set(['ticks end, aborted']));
    expect(await collect(client.stream('Countdown', 1))).toEqual({ items: [1] });
  });

  test('has as many streams as it may, and is told when it wants more', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    for (let n = 0; n < 3; n++) client.stream('Ticks').subscribe(nothing);
    expect(await collect(client.stream('Countdown', 1))).toEqual({
      items: [],
      error:
        "An unexpected error occurred invoking 'Countdown' on the server. HubException: A client can have at most 3 streams at once (maximumParallelStreamsPerClient).",
    });
    expect(await client.invoke('Add', 1, 2)).toBe(3);
  });

  test('is told when a stream of limited time has had it', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    expect(await collect(client.stream('Timed'))).toEqual({
      items: [1],
      error: 'An error occurred on the server while streaming results. HubException: It took longer than 100 ms.',
    });
  });

  test('leaves a stream behind when it stops: the method is told, then the hub', async () => {
    const diary = new Inbox<string>();
    const { url } = await startServer({ '/hub': streamHub(diary) });
    const client = await connect(url('/hub'), spoken());
    const seen = new Inbox<number>();
    client.stream<number>('Ticks').subscribe({ ...nothing, next: seen.put });
    await seen.until(1);
    await client.stop();
    expect(await diary.until(2)).toEqual(['ticks end, aborted', 'disconnected: client-closed']);
  });

  test('streams to a method', async () => {
    const diary = new Inbox<string>();
    const { url } = await startServer({ '/hub': streamHub(diary) });
    const client = await connect(url('/hub'), spoken());
    expect(await client.invoke('Concat', '> ', subjectOf('a', 'b', 'c'))).toBe('> abc');
    expect(await client.invoke('Concat', '> ', subjectOf())).toBe('> ');
    // Without an answer as well.
    await client.send('Note', subjectOf('c', 'd'));
    expect(await diary.until(2)).toEqual(['read c', 'read d']);
  });

  test('streams a thousand items, many more than wait on the server at once', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    const words = Array.from({ length: 1_000 }, (_, n) => `${n} `);
    expect(await client.invoke('Concat', '', subjectOf(...words))).toBe(words.join(''));
  });

  test('streams twice to one method, and both ways at once', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    // The JavaScript client loses the second of two adjacent streams, so an argument stands between them.
    expect(await client.invoke('Zip', subjectOf('a', 'b'), '=', subjectOf(1, 2))).toEqual(['a=1', 'b=2']);
    expect(await collect(client.stream('Double', subjectOf(1, 2, 3)))).toEqual({ items: [2, 4, 6] });
  });

  test('says that its stream has failed, and what it says comes back to nobody but itself', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    const subject = new Subject<string>();
    const answer = client.invoke('Concat', '', subject);
    subject.next('a');
    subject.error(new Error('disk full'));
    await expect(answer).rejects.toThrow(
      "An unexpected error occurred invoking 'Concat' on the server. HubException: disk full",
    );
  });

  test('sends an item that does not fit', async () => {
    const { url } = await startServer({ '/hub': streamHub() });
    const client = await connect(url('/hub'), spoken());
    await expect(client.invoke('Concat', '', subjectOf<unknown>('a', 7))).rejects.toThrow(
      new Error(
        "An unexpected error occurred invoking 'Concat' on the server. HubException: Failed to bind Stream message.",
      ),
    );
    expect(await client.invoke('Add', 1, 2)).toBe(3);
  });
});
