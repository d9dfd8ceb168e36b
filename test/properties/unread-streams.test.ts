// Streams whose client has left before their first item: the method's resources must be released.
import { EventEmitter, on } from 'node:events';
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HubFilter } from '../../src/hub/filters.ts';
import { method, stream } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { defer } from '../../src/promises.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { abort } from '../support/sessions.ts';
import { uncaughtDuring } from '../support/uncaught.ts';
import { NEVER } from './never.ts';

/** Counts open resources, so that a test notices a leak. */
class Resources {
  readonly emitter = new EventEmitter();
  opened = 0;
  closed = 0;

  get left(): number {
    return this.opened - this.closed + this.emitter.listenerCount('tick');
  }
  open(): void {
    this.opened += 1;
  }
  readonly close = (): void => {
    this.closed += 1;
  };
}

/** An object written by hand that opens a resource when it is created, and closes it as `closes` says. */
const byHand = (resources: Resources, closes: () => unknown) => {
  resources.open();
  const iterator = { next: () => NEVER, return: closes };
  return { [Symbol.asyncIterator]: () => iterator } as unknown as AsyncIterable<unknown>;
};

type Source =
  | 'events.on()'
  | 'a web stream'
  | 'a Readable of Node'
  | 'an iterator by hand'
  | 'an iterator whose return is no promise'
  | 'an iterator whose return throws'
  | 'an iterator whose return rejects'
  | 'a generator';

const SOURCES: Readonly<Record<Source, (resources: Resources) => AsyncIterable<unknown>>> = {
  'events.on()': ({ emitter }) => on(emitter, 'tick'),
  'a web stream': (resources) => {
    resources.open();
    return new ReadableStream({ cancel: resources.close });
  },
  'a Readable of Node': (resources) => {
    resources.open();
    return new Readable({ read() {} }).once('close', resources.close);
  },
  'an iterator by hand': (resources) => byHand(resources, async () => resources.close()),
  'an iterator whose return is no promise': (resources) => byHand(resources, () => resources.close()),
  'an iterator whose return throws': (resources) =>
    byHand(resources, () => {
      resources.close();
      throw new Error('on purpose');
    }),
  'an iterator whose return rejects': (resources) =>
    byHand(resources, async () => {
      resources.close();
      throw new Error('on purpose');
    }),
  // It opens its resource when it begins. If it does not begin, there is nothing to close.
  'a generator': async function* (resources) {
    resources.open();
    try {
      yield 1;
    } finally {
      resources.close();
    }
  },
};

/** Ways in which the method's value becomes the stream. `gate` opens when the client has left. */
const WAYS = {
  'at once': (made) => made(),
  'as a promise': async (made, gate) => {
    await gate;
    return made();
  },
  'as a promise that has made it': async (made, gate) => {
    const source = made();
    await gate;
    return source;
  },
} as const satisfies Record<string, (made: () => AsyncIterable<unknown>, gate: Promise<void>) => unknown>;

async function* relayed(source: unknown) {
  for await (const item of source as AsyncIterable<unknown>) yield item;
}

const FILTERS = {
  none: undefined,
  'that takes its time': async (next, gate) => {
    const made = await next();
    await gate;
    return made;
  },
  'that reads it through a generator': async (next) => relayed(await next()),
  'that returns something else': async (next) => {
    await next();
    return relayed([]);
  },
  'that refuses what was made': async (next) => {
    await next();
    throw new Error('refused');
  },
  'that forgets to return it': async (next) => {
    await next();
  },
} as const satisfies Record<string, ((next: () => Promise<unknown>, gate: Promise<void>) => unknown) | undefined>;

const ENDS = {
  cancel: ({ client }) => client.cancel('s'),
  close: ({ client }) => client.close(),
  cut: ({ client }) => client.cut(),
  'Close record': ({ client }) => client.sendClose(),
  abort: ({ connection }) => abort(connection),
} as const satisfies Record<string, (peer: Peer) => void>;

interface Case {
  readonly source: Source;
  readonly way: keyof typeof WAYS;
  readonly filter: keyof typeof FILTERS;
}

const keysOf = <T extends object>(table: T) => fc.constantFrom(...(Object.keys(table) as (keyof T)[]));
const anyCase = fc.record({ source: keysOf(SOURCES), way: keysOf(WAYS), filter: keysOf(FILTERS) });

function createServer({ source, way, filter }: Case, timeoutMs = 0) {
  const resources = new Resources();
  const gate = defer();
  const filtered = FILTERS[filter] as ((next: () => Promise<unknown>, gate: Promise<void>) => unknown) | undefined;
  const filters: HubFilter[] =
    filtered === undefined ? [] : [{ invoke: (_context, next) => filtered(next, gate.promise) }];
  const hub = setupHub({}).createHub({
    filters,
    options: { maximumParallelStreamsPerClient: 1 },
    methods: {
      Watch: stream(
        [],
        { timeoutMs },
        () => WAYS[way](() => SOURCES[source](resources), gate.promise) as AsyncIterable<unknown>,
      ),
    },
  });
  return { server: new MemoryServer(hub), resources, open: () => gate.resolve() };
}

describe('what a method has made for a stream', () => {
  property(
    'is let go of when its client goes in the same turn, or before it comes, whatever it is and whatever stands around it',
    [anyCase, keysOf(ENDS), fc.boolean()],
    { runs: 400, sometimes: ['it is cancelled', 'its client goes'] },
    async (what, end, isLater, reached) => {
      const { server, resources, open } = createServer(what);
      const uncaught = await uncaughtDuring(async () => {
        const peer = await server.connect();
        peer.client.stream('Watch', [], 's');
        if (isLater && (what.way !== 'at once' || what.filter === 'that takes its time')) await server.settle();
        ENDS[end](peer);
        await server.settle();
        open();
        await server.settle();
        expect(resources.left).toBe(0);
        reached(end === 'cancel' ? 'it is cancelled' : 'its client goes');
        if (end === 'cancel') expect(peer.client.completions('s')).toHaveLength(1);
        peer.client.close();
        await server.pass(6_000);
      });
      expect(uncaught).toEqual([]);
      expect(server.log.faults).toEqual([]);
      expect(server.leftovers()).toEqual(NOTHING_LEFT);
    },
  );

  const lateCase = anyCase.filter(({ way, filter }) => way !== 'at once' || filter === 'that takes its time');
  property('is let go of when it comes past the time of its call', [lateCase], 100, async (what) => {
    const { server, resources, open } = createServer(what, 1_000);
    const peer = await server.connect();
    peer.client.stream('Watch', [], 's');
    await server.pass(1_300);
    open();
    await server.settle();
    expect(peer.client.completions('s')).toHaveLength(1);
    expect(resources.left).toBe(0);
  });

  property(
    'and is never asked for an item keeps no place among the streams of its client',
    [fc.record({ source: keysOf(SOURCES), way: fc.constant('at once' as const), filter: keysOf(FILTERS) })],
    100,
    async (what) => {
      const { server, open } = createServer(what);
      open();
      const { client } = await server.connect();
      for (let n = 0; n < 3; n++) {
        client.stream('Watch', [], `${n}`);
        client.cancel(`${n}`);
        await server.settle();
      }
      for (let n = 0; n < 3; n++) {
        const [answer, ...more] = client.completions(`${n}`);
        expect(more).toEqual([]);
        expect(answer?.error ?? '').not.toContain('maximumParallelStreamsPerClient');
      }
    },
  );
});

test.each<Source>(['a web stream', 'a Readable of Node', 'events.on()'])(
  '%s that has nothing to say is let go of when its client cancels, and again by the next',
  async (source) => {
    const { server, resources } = createServer({ source, way: 'at once', filter: 'none' });
    const { client } = await server.connect();
    for (const id of ['1', '2']) {
      client.stream('Watch', [], id);
      await server.settle();
      expect(resources.left).toBe(1);
      client.cancel(id);
      await server.settle();
      expect(resources.left).toBe(0);
      expect(client.completions(id)).toEqual([{ type: 3, invocationId: id }]);
    }
  },
);

test.each<Source>(['events.on()', 'a Readable of Node', 'an iterator by hand'])(
  '%s that has nothing to say, behind a filter that reads it, is let go of when its client cancels',
  async (source) => {
    const { server, resources } = createServer({ source, way: 'at once', filter: 'that reads it through a generator' });
    const { client } = await server.connect();
    client.stream('Watch', [], '1');
    await server.settle();
    expect(resources.left).toBe(1);
    client.cancel('1');
    await server.settle();
    expect(resources.left).toBe(0);
  },
);

test('a web stream that a filter reads is left to the filter, which lets go of it with its next item', async () => {
  let cancelled = 0;
  let enqueue: (item: number) => void = () => {};
  const hub = setupHub({}).createHub({
    filters: [{ invoke: async (_context, next) => relayed(await next()) }],
    methods: {
      Watch: stream(
        [],
        () =>
          new ReadableStream<number>({
            start: (controller) => {
              enqueue = (item) => controller.enqueue(item);
            },
            cancel: () => {
              cancelled += 1;
            },
          }),
      ),
    },
  });
  const server = new MemoryServer(hub);
  const { client } = await server.connect();
  client.stream('Watch', [], '1');
  await server.settle();
  client.cancel('1');
  await server.settle();
  enqueue(1);
  await server.settle();
  expect(cancelled).toBe(1);
  expect(server.log.lines.map(({ text }) => text)).not.toContain('a stream failed after its end');
});

test('a web stream and a Readable are read to their end, and an error of theirs reaches the client', async () => {
  const fails = (controller: { error(reason: unknown): void }) => controller.error(new Error('secret'));
  const hub = setupHub({}).createHub({
    methods: {
      Web: stream([], () => ReadableStream.from([1, 2, 3])),
      Node: stream([], () => Readable.from([1, 2, 3])),
      Broken: stream([], () => new ReadableStream({ start: fails })),
    },
  });
  const server = new MemoryServer(hub);
  const { client } = await server.connect();
  for (const name of ['Web', 'Node', 'Broken']) client.stream(name, [], name);
  await server.settle();
  for (const name of ['Web', 'Node']) {
    expect(client.items(name)).toEqual([1, 2, 3]);
    expect(client.completions(name)).toEqual([{ type: 3, invocationId: name }]);
  }
  expect(client.completions('Broken')).toEqual([
    { type: 3, invocationId: 'Broken', error: 'An error occurred on the server while streaming results.' },
  ]);
});

test('a method that lets go of an upload before it has read any of it holds up nothing', async () => {
  const hub = setupHub({}).createHub({
    options: { streamBufferCapacity: 1 },
    methods: {
      Decline: method([], { upload: [any<number>()] }, async (_hub, numbers) => {
        await numbers[Symbol.asyncIterator]().return?.();
        await NEVER;
      }),
      Echo: method([any<unknown>()], (_hub, value) => value),
    },
  });
  const server = new MemoryServer(hub);
  const { client } = await server.connect();
  client.sendRecord({ type: 1, target: 'Decline', arguments: [], streamIds: ['u'] });
  for (let n = 0; n < 5; n++) client.sendItem('u', n);
  client.invoke('Echo', [1], 'e');
  await server.settle();
  expect(client.completions('e')).toEqual([{ type: 3, invocationId: 'e', result: 1 }]);
});
