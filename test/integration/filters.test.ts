import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createServer, HubError, type HubFilter, method, OptionsError, setupHub, stream } from '../../src/index.ts';
import { connect, openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { forbidUncaught } from '../support/undisturbed.ts';

forbidUncaught();

function filteredHub(filters: readonly HubFilter[], diary: Inbox<string> = new Inbox()) {
  return setupHub({ state: () => ({ calls: 0 }) }).createHub({
    filters,
    methods: {
      Echo: method([z.unknown()], (hub, value) => {
        hub.state.calls += 1;
        diary.put('Echo');
        return value;
      }),
      Count: stream([z.int()], async function* (_hub, count) {
        diary.put('Count');
        for (let n = 0; n < count; n++) yield n;
      }),
      Concat: method([z.string()], { upload: [z.string()] }, async (_hub, before, words) => {
        let all = before;
        for await (const word of words) all += word;
        return all;
      }),
      Admin: method([], { authorize: 'admin' }, () => 'secret'),
    },
    onConnected: (hub) => {
      if (hub.request.query.has('unwanted')) throw new HubError('unwanted');
      diary.put('connected');
    },
    onDisconnected: () => diary.put('disconnected'),
  });
}

const named = (name: string, diary: Inbox<string>): HubFilter => ({
  async invoke({ method: called }, next) {
    diary.put(`${name} > ${called}`);
    const result = await next();
    diary.put(`${name} < ${called}`);
    return result;
  },
  async onConnected(_hub, next) {
    diary.put(`${name} > connect`);
    await next();
    diary.put(`${name} < connect`);
  },
  async onDisconnected(_hub, reason, next) {
    diary.put(`${name} > ${reason.name}`);
    await next();
    diary.put(`${name} < ${reason.name}`);
  },
});

const invoke = (filter: HubFilter['invoke']): readonly HubFilter[] => [
  { invoke: filter as NonNullable<typeof filter> },
];

describe('filters', () => {
  test('are wrapped around everything: the server’s outside, then the hub’s, each in its order', async () => {
    const diary = new Inbox<string>();
    const hub = filteredHub([named('c', diary), {}, named('d', diary)], diary);
    const { url } = await startServer({ '/hub': hub }, { filters: [named('a', diary), named('b', diary)] });
    const client = await connect(url('/hub'));
    expect(await client.invoke('echo', 1)).toBe(1);
    await client.stop();
    const around = (what: string, inside: string) => [
      ...['a', 'b', 'c', 'd'].map((name) => `${name} > ${what}`),
      inside,
      ...['d', 'c', 'b', 'a'].map((name) => `${name} < ${what}`),
    ];
    expect(await diary.until(27)).toEqual([
      ...around('connect', 'connected'),
      ...around('Echo', 'Echo'),
      ...around('client-closed', 'disconnected'),
    ]);
  });

  test('see the call, and may put other arguments in their place', async () => {
    const seen: unknown[] = [];
    const filters = invoke(({ hub, method: called, args }, next) => {
      seen.push([called, args, hub.connectionId]);
      return next([`${args[0]}, filtered`]);
    });
    const { url } = await startServer({ '/hub': filteredHub(filters) });
    const client = await connect(url('/hub'));
    expect(await client.invoke('Echo', 'x')).toBe('x, filtered');
    expect(seen).toEqual([['Echo', ['x'], client.connectionId]]);
  });

  test('that do not go on keep the method from running: their own result counts, or null', async () => {
    const diary = new Inbox<string>();
    const filters = invoke((context, next) => {
      const [value] = context.args;
      if (value === 'nothing') return undefined;
      return value === 'instead' ? { instead: true } : next();
    });
    const { url } = await startServer({ '/hub': filteredHub(filters, diary) });
    const client = await connect(url('/hub'));
    expect(await client.invoke('Echo', 'nothing')).toBeNull();
    expect(await client.invoke('Echo', 'instead')).toEqual({ instead: true });
    expect(diary.all).toEqual(['connected']);
    expect(await client.invoke('Echo', 'through')).toBe('through');
  });

  test('that throw are answered as if the method had', async () => {
    const filters = invoke(({ args: [value] }, next) => {
      if (value === 'HubError') throw new HubError('filtered');
      if (value === 'Error') throw new Error('the password is 1234');
      return next();
    });
    const { url } = await startServer({ '/hub': filteredHub(filters) });
    const client = await connect(url('/hub'));
    const text = "An unexpected error occurred invoking 'Echo' on the server.";
    await expect(client.invoke('Echo', 'HubError')).rejects.toThrow(new Error(`${text} HubException: filtered`));
    await expect(client.invoke('Echo', 'Error')).rejects.toThrow(new Error(text));
    expect(await client.invoke('Echo', 'x')).toBe('x');
  });

  test('may try again, and may catch what the method throws', async () => {
    let tries = 0;
    const hub = setupHub({}).createHub({
      filters: invoke(async (_context, next) => {
        for (;;) {
          try {
            return await next();
          } catch (error) {
            if (tries === 3) return `gave up: ${(error as Error).message}`;
          }
        }
      }),
      methods: {
        Fail: method([], () => {
          tries += 1;
          throw new Error(`${tries}`);
        }),
      },
    });
    const { url } = await startServer({ '/hub': hub });
    expect(await (await connect(url('/hub'))).invoke('Fail')).toBe('gave up: 3');
  });

  test('that leave their `next` alone end no process when it rejects', async () => {
    const filters = invoke((_context, next) => {
      void next([]);
      void next(7 as unknown as []);
      return 'not waited for';
    });
    const { url } = await startServer({ '/hub': filteredHub(filters) });
    const client = await connect(url('/hub'));
    expect(await client.invoke('Echo', 1)).toBe('not waited for');
  });

  test('are wrapped around streams and uploads, which they may change', async () => {
    async function* doubled(items: AsyncIterable<number>) {
      for await (const n of items) yield n * 2;
    }
    async function* shouted(items: AsyncIterable<string>) {
      for await (const text of items) yield text.toUpperCase();
    }
    const filters = invoke(async ({ method: called, args }, next) => {
      if (called === 'Count') return doubled((await next()) as AsyncIterable<number>);
      const [before, words] = args as [string, AsyncIterable<string>];
      return next([before, shouted(words)]);
    });
    const { port } = await startServer({ '/hub': filteredHub(filters) });
    const client = await openRaw(port);
    client.send({ type: 4, invocationId: '1', target: 'Count', arguments: [3] });
    await client.records.first(({ type }) => type === 3);
    expect(client.records.all.map(({ type, ...rest }) => [type, 'item' in rest ? rest.item : 'end'])).toEqual([
      [2, 0],
      [2, 2],
      [2, 4],
      [3, 'end'],
    ]);
    client.send(
      { type: 1, invocationId: '2', target: 'Concat', arguments: ['> '], streamIds: ['s'] },
      { type: 2, invocationId: 's', item: 'a' },
      { type: 3, invocationId: 's' },
    );
    expect(await client.records.first(({ invocationId }) => invocationId === '2')).toMatchObject({ result: '> A' });
  });

  test('run for nothing that is refused before', async () => {
    const seen: string[] = [];
    const filters = invoke(({ method: called }, next) => {
      seen.push(called);
      return next();
    });
    const { url } = await startServer({ '/hub': filteredHub(filters) });
    const client = await connect(url('/hub'));
    const rows = [
      ['Method does not exist.', 'Nope'],
      ['because user is unauthorized', 'Admin'],
      ['due to an error on the server.', 'Count', 'x'],
      ['due to an error on the server.', 'Echo', 1, 2],
    ] as const;
    for (const [error, name, ...args] of rows) await expect(client.invoke(name, ...args)).rejects.toThrow(error);
    expect(seen).toEqual([]);
  });

  test('keep what they like in `hub.items`, one for each connection', async () => {
    const filters = invoke(async ({ hub }, next) => {
      const calls = ((hub.items.get('calls') as number | undefined) ?? 0) + 1;
      hub.items.set('calls', calls);
      return `${await next()} ${calls}`;
    });
    const { url } = await startServer({ '/hub': filteredHub(filters) });
    const [one, two] = [await connect(url('/hub')), await connect(url('/hub'))];
    expect(await one.invoke('Echo', 'one')).toBe('one 1');
    expect(await one.invoke('Echo', 'one')).toBe('one 2');
    expect(await two.invoke('Echo', 'two')).toBe('two 1');
  });

  test('that take their time delay their own connection, and no other', async () => {
    const gate = new Inbox<() => void>();
    const filters = invoke(async ({ hub }, next) => {
      if (hub.request.query.has('slow')) await new Promise<void>((resolve) => gate.put(resolve));
      return next();
    });
    const { port } = await startServer({ '/hub': filteredHub(filters) });
    const [slow, quick] = [await openRaw(port, { path: '/hub?slow' }), await openRaw(port)];
    const answer = slow.invoke('Echo', 'slow');
    await gate.until(1);
    expect(await quick.invoke('Echo', 'quick')).toMatchObject({ result: 'quick' });
    expect(slow.records.length).toBe(0);
    gate.all[0]?.();
    expect(await answer).toMatchObject({ result: 'slow' });
  });

  test('may let somebody in whom onConnected does not want, and keep somebody out', async () => {
    const diary = new Inbox<string>();
    const filters: readonly HubFilter[] = [
      {
        async onConnected({ request }, next) {
          if (request.query.has('banned')) throw new HubError('banned');
          if (request.query.has('unwanted')) await next().catch(() => diary.put('swallowed'));
          else await next();
        },
      },
    ];
    const started = await startServer({ '/hub': filteredHub(filters, diary) });
    const banned = await openRaw(started.port, { path: '/hub?banned' });
    await banned.ended;
    expect(banned.records.all).toEqual([{ type: 7, error: 'Connection closed with an error. HubException: banned' }]);
    const unwanted = await openRaw(started.port, { path: '/hub?unwanted' });
    expect(await unwanted.invoke('Echo', 1)).toMatchObject({ result: 1 });
    unwanted.send({ type: 7 });
    await unwanted.ended;
    await eventually(() => started.server.supervisor.size === 0);
    // A client that was refused never had a connection; one that was accepted has disconnected.
    expect(diary.all).toEqual(['swallowed', 'Echo', 'disconnected']);
  });

  test('at the end may skip the hub, and what they throw is its close code', async () => {
    const diary = new Inbox<string>();
    const filters: readonly HubFilter[] = [
      {
        async onDisconnected({ request }, _reason, next) {
          if (request.query.has('throws')) throw new Error('at the end');
          if (!request.query.has('skips')) await next();
        },
      },
    ];
    const { port } = await startServer({ '/hub': filteredHub(filters, diary) });
    for (const [query, code] of [
      ['skips', 1000],
      ['throws', 1011],
      ['neither', 1000],
    ] as const) {
      const client = await openRaw(port, { path: `/hub?${query}` });
      client.send({ type: 7 });
      expect((await client.ended).code).toBe(code);
    }
    expect(diary.all.filter((line) => line === 'disconnected')).toHaveLength(1);
  });
});

test.each([
  ['no list', {}, /filters is an object, but it must be a list of filters/],
  ['no object', [null], /filters\[0\] is null, but it must be an object with invoke/],
  ['a function', [() => {}], /filters\[0\] is a function, but it must be an object with invoke/],
  ['a hook that is no function', [{}, { invoke: true }], /filters\[1\]\.invoke is true, but it must be a function/],
  ['a hook that is none', [{ onConnect() {} }], /no option filters\[0\]\.onConnect\. Did you mean onConnected\?/],
  ['an object of a class without a hook', [new Map()], /filters\[0\] is a Map, but it must be an object with/],
  [
    'of a class, but without a hook',
    [
      new (class Audit {
        onDisconnect() {}
      })(),
    ],
    /filters\[0\] is an Audit, but it must be a filter: it has none of invoke/,
  ],
])('filters that are %s are an error when the server is made', (_what, filters, text) => {
  const bad = filters as unknown as readonly HubFilter[];
  expect(() => createServer({ hubs: {}, filters: bad })).toThrow(OptionsError);
  expect(() => createServer({ hubs: {}, filters: bad })).toThrow(text);
  expect(() => createServer({ hubs: { '/hub': filteredHub(bad) }, logLevel: 'silent' })).toThrow(text);
});
