// Each feature over each transport, in each protocol that the transport carries. The behaviour must be the same.
import { HttpTransportType, type HubConnection, Subject } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HubError, type HubFilter, method, setupHub, stream } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { collect, nothing, subjectOf } from '../support/client-streams.ts';
import { callsTo, clientOf, closed, connect, inMessagePack } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { streamingMethods } from '../support/streaming-methods.ts';
import { startServer } from '../support/test-server.ts';
import { by, reasonsOfStopping, TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';

interface Player {
  Heard(text: string): void;
  Confirm(question: string): boolean;
}

/** Records what the hub and its filter saw. Has a gate that a test may open. */
class Diary {
  readonly lines = new Inbox<string>();
  readonly gate = defer();
}

function everythingHub({ lines, gate }: Diary = new Diary()) {
  const filter: HubFilter = {
    async invoke({ method: called, args }, next) {
      if (called === 'Skipped') return undefined;
      lines.put(`> ${called}`);
      const result = await next(called === 'Echo' && args[0] === 'plain' ? ['filtered'] : args);
      lines.put(`< ${called}`);
      return result;
    },
    async onConnected(_hub, next) {
      await next();
      lines.put('connected');
    },
    async onDisconnected(_hub, reason, next) {
      lines.put(`disconnected: ${reason.name}`);
      await next();
    },
  };
  return setupHub({ client: {} as Player }).createHub({
    filters: [filter],
    options: { maximumParallelStreamsPerClient: 3 },
    onConnected: (hub) => hub.groups.add(hub.connectionId, 'all'),
    methods: {
      ...streamingMethods(lines),
      Who: method([], ({ connectionId, request: { transport, protocol } }) => ({ connectionId, transport, protocol })),
      Echo: method([z.unknown()], (_hub, value) => value),
      Skipped: method([], () => 'never'),
      Say: method([z.string()], ({ clients }, text) => clients.group('all').send('Heard', text)),
      Count: stream([z.int()], async function* (_hub, count) {
        for (let n = 0; n < count; n++) yield n;
      }),
      Refuse: stream([], async function* () {
        yield 1;
        throw new HubError('no more');
      }),
      Gated: stream([], async function* () {
        yield 'before';
        await gate.promise;
        yield 'after';
      }),
      AskMe: method([z.string()], ({ clients }, question) => clients.caller.invoke('Confirm', question)),
      AskMeFor: method([z.int()], ({ clients }, timeoutMs) =>
        clients.caller.with({ timeoutMs }).invoke('Confirm', 'well?'),
      ),
      Ask: method([z.string()], ({ clients }, id) => clients.client(id).invoke('Confirm', 'from another')),
    },
  });
}

const failure = (name: string, detail: string) =>
  new Error(`An unexpected error occurred invoking '${name}' on the server. HubException: ${detail}`);

describe.each(TRANSPORT_PROTOCOLS)('the official client over %s in %s', (...way) => {
  const stopped = expect.toBeOneOf(reasonsOfStopping(way[0]).map((name) => `disconnected: ${name}`)) as string;

  async function start(diary?: Diary) {
    const definition = everythingHub(diary);
    const { url, server } = await startServer({ '/hub': definition });
    return { server, context: server.context(definition), open: () => connect(url('/hub'), by(way)) };
  }

  test('is known by it', async () => {
    const client = await (await start()).open();
    const [transport, protocol] = way;
    expect(await client.invoke('Who')).toEqual({ connectionId: client.connectionId, transport, protocol });
  });

  test('gets streams: their items, and their end or their error', async () => {
    const client = await (await start()).open();
    const items = ['Grüße, 世界 \u001e \n', null, { nested: [1, [2.5]] }, 0, ''];
    expect(await collect(client.stream('Items', items))).toEqual({ items });
    expect(await collect(client.stream('Count', 0))).toEqual({ items: [] });
    expect(await collect(client.stream('Refuse'))).toEqual({
      items: [1],
      error: 'An error occurred on the server while streaming results. HubException: no more',
    });
    expect(await collect(client.stream('Echo', 1))).toEqual({
      items: [],
      error: "The client attempted to invoke the non-streaming 'Echo' method with a streaming invocation.",
    });
  });

  test('gets thousands of items in their order, beside calls and what others say', async () => {
    const { open, context } = await start();
    const client = await open();
    const heard = callsTo<[string]>(client, 'Heard');
    const streamed = [collect(client.stream<number>('Count', 5_000)), collect(client.stream<number>('Count', 5_000))];
    expect(await client.invoke('Echo', 1)).toBe(1);
    for (let n = 0; n < 100; n++) context.clients.all.send('Heard', `${n}`);
    const numbers = Array.from({ length: 5_000 }, (_, n) => n);
    expect(await Promise.all(streamed)).toEqual([{ items: numbers }, { items: numbers }]);
    expect((await heard.until(100)).map(([text]) => text)).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
  });

  test('cancels streams: their method is told, and their place is free', async () => {
    const diary = new Diary();
    const client = await (await start(diary)).open();
    for (let round = 0; round < 4; round++) {
      const seen = new Inbox<number>();
      const subscription = client.stream<number>('Ticks').subscribe({ ...nothing, next: seen.put });
      await seen.until(2);
      subscription.dispose();
      await diary.lines.first((line) => line.startsWith('ticks end'));
      diary.lines.all.length = 0;
    }
    for (let n = 0; n < 3; n++) client.stream('Gated').subscribe(nothing);
    expect((await collect(client.stream('Count', 1))).error).toBe(
      failure('Count', 'A client can have at most 3 streams at once (maximumParallelStreamsPerClient).').message,
    );
    expect(await client.invoke('Echo', 1)).toBe(1);
    diary.gate.resolve();
  });

  test('streams to methods, more than waits at once, and both ways', async () => {
    const client = await (await start()).open();
    const words = Array.from({ length: 1_000 }, (_, n) => `${n} `);
    expect(await client.invoke('Concat', '> ', subjectOf(...words))).toBe(`> ${words.join('')}`);
    expect(await client.invoke('Concat', '> ', subjectOf())).toBe('> ');
    expect(await collect(client.stream('Double', subjectOf(1, 2, 3)))).toEqual({ items: [2, 4, 6] });
    await expect(client.invoke('Concat', '', subjectOf<unknown>('a', 7))).rejects.toThrow('Failed to bind Stream');
    const subject = new Subject<string>();
    const answer = client.invoke('Concat', '', subject);
    subject.error(new Error('out of words'));
    await expect(answer).rejects.toThrow(failure('Concat', 'out of words'));
  });

  test('gives client results: to its own call, to another connection, to the outside, or not in time', async () => {
    const { open, context } = await start();
    const [asker, asked] = [await open(), await open()];
    let isSilent = false;
    asked.on('Confirm', async (question: string) => {
      if (isSilent) return new Promise(() => {});
      // With one parallel call, this would wait for ever if the first call kept its place.
      await asked.invoke('Echo', 1);
      return question !== 'no?';
    });
    expect(await asked.invoke('AskMe', 'sure?')).toBe(true);
    expect(await asked.invoke('AskMe', 'no?')).toBe(false);
    const id = asked.connectionId ?? '';
    expect(await asker.invoke('Ask', id)).toBe(true);
    expect(await Promise.all([1, 2, 3].map(() => context.clients.client(id).invoke('Confirm', 'no?')))).toEqual([
      false,
      false,
      false,
    ]);
    await expect(asker.invoke('AskMe', 'x')).rejects.toThrow(failure('AskMe', "Client didn't provide a result."));
    isSilent = true;
    await expect(asked.invoke('AskMeFor', 50)).rejects.toThrow(
      failure('AskMeFor', 'Invocation canceled by the server.'),
    );
  });

  test('passes the filters, with calls and with streams, as it comes and as it goes', async () => {
    const diary = new Diary();
    const client = await (await start(diary)).open();
    expect(await client.invoke('Skipped')).toBeNull();
    expect(await client.invoke('Echo', 'plain')).toBe('filtered');
    expect(await collect(client.stream('Count', 2))).toEqual({ items: [0, 1] });
    await client.stop();
    const lines = ['connected', '> Echo', '< Echo', '> Count', '< Count', stopped];
    expect(await diary.lines.until(lines.length)).toEqual(lines);
  });

  test('leaves in the middle of everything: all of it ends, the hub hears of it once, and nothing is left', async () => {
    const diary = new Diary();
    const { open, server, context } = await start(diary);
    const client = await open();
    const id = client.connectionId ?? '';
    const isAsked = new Promise<void>((resolve) => {
      client.on('Confirm', () => {
        resolve();
        return new Promise(() => {});
      });
    });
    const seen = new Inbox<number>();
    client.stream<number>('Ticks').subscribe({ ...nothing, next: seen.put });
    const uploading = client.invoke('Concat', '', new Subject<string>());
    const outside = context.clients.client(id).invoke('Confirm', 'x');
    const ends = [uploading, outside].map((promise) => promise.then(String, ({ name }: Error) => name));
    await Promise.all([isAsked, seen.until(3), diary.lines.first((line) => line === '> Concat')]);
    await client.stop();
    expect(await ends[1]).toBe('DisconnectedError');
    await eventually(() => server.supervisor.size === 0);
    expect(diary.lines.all.filter((line) => !/^[<>]/.test(line)).sort()).toEqual([
      'connected',
      stopped,
      'ticks end, aborted',
      'upload: DisconnectedError',
    ]);
    expect(server.runtimes.get('/hub')?.clientResults.clients).toBe(0);
  });

  test('gets the rest of its stream before the server goes', async () => {
    const diary = new Diary();
    const { open, server } = await start(diary);
    const client = await open();
    const gone = closed(client);
    const seen = new Inbox<string>();
    const streamed = new Promise((resolve) => {
      client.stream<string>('Gated').subscribe({ ...nothing, next: seen.put, complete: () => resolve(seen.all) });
    });
    await seen.until(1);
    const closing = server.close();
    diary.gate.resolve();
    expect(await streamed).toEqual(['before', 'after']);
    await closing;
    expect(await gone).toBeUndefined();
  });
});

test('clients that came in different ways hear the same, in the same order, whatever they stream meanwhile', async () => {
  const { url } = await startServer({ '/hub': everythingHub() });
  const clients: HubConnection[] = [];
  for (const way of TRANSPORT_PROTOCOLS) clients.push(await connect(url('/hub'), by(way)));
  const heard = clients.map((client) => callsTo<[string]>(client, 'Heard'));
  const streamed = clients.map((client) => collect(client.stream<number>('Count', 500)));
  await Promise.all(clients.flatMap((client, n) => [1, 2, 3, 4].map((m) => client.invoke('Say', `${n}.${m}`))));
  const [first, ...others] = await Promise.all(heard.map((inbox) => inbox.until(4 * TRANSPORT_PROTOCOLS.length)));
  expect(first?.length).toBe(4 * TRANSPORT_PROTOCOLS.length);
  for (const other of others) expect(other).toEqual(first);
  for (const { items } of await Promise.all(streamed)) expect(items).toEqual(Array.from({ length: 500 }, (_, n) => n));
});

describe('in MessagePack, which is no text, the official client', () => {
  test('passes over Server-Sent Events', async () => {
    const { url } = await startServer({ '/hub': everythingHub() });
    const { ServerSentEvents, LongPolling } = HttpTransportType;
    const client = await connect(url('/hub'), { ...inMessagePack(), transport: ServerSentEvents | LongPolling });
    expect(await client.invoke('Who')).toMatchObject({ transport: 'LongPolling', protocol: 'messagepack' });
  });

  test('does not connect by them at all', async () => {
    const { url, server } = await startServer({ '/hub': everythingHub() });
    const client = clientOf(url('/hub'), { ...inMessagePack(), transport: HttpTransportType.ServerSentEvents });
    await expect(client.start()).rejects.toThrow(/ServerSentEvents.*does not support Binary/);
    expect(server.supervisor.size).toBe(0);
  });
});
