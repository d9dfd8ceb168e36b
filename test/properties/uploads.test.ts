import type { StandardSchemaV1 } from '@standard-schema/spec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAILBOX_ROOM } from '../../src/connection/mailbox/mailbox.ts';
import { DisconnectedError, HubError } from '../../src/errors.ts';
import { method, stream } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { abort, sessionOf } from '../support/sessions.ts';

const CAPACITY = 3;
const ascending = (count: number) => Array.from({ length: count }, (_, number) => number);

/** A schema that accepts even numbers only, some of them asynchronously. */
const even: StandardSchemaV1<unknown, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      const result = Number(value) % 2 === 0 ? { value: Number(value) } : { issues: [{ message: 'is odd' }] };
      return Number(value) % 3 === 0 ? Promise.resolve(result) : result;
    },
  },
};

/** Outcome of an upload, as its method saw it. */
interface Reading {
  readonly read: unknown[];
  end: 'all' | 'enough' | Error | undefined;
}

/** `let(n)`: allows the methods that read step by step to take `n` more items, in all. */
function createServer(hubOptions = {}) {
  const readings = new Map<string, Reading>();
  const notes: { readonly note: number; readonly read: number }[] = [];
  const gates: Deferred<void>[] = [];
  let permits = 0;
  const step = async () => {
    if (permits > 0) {
      permits -= 1;
      return;
    }
    const gate = defer();
    gates.push(gate);
    await gate.promise;
  };
  const read = async (name: string, items: AsyncIterable<unknown>, most: number, pace?: () => Promise<void>) => {
    const reading: Reading = { read: [], end: undefined };
    readings.set(name, reading);
    try {
      if (most === 0) reading.end = 'enough';
      else {
        await pace?.();
        for await (const item of items) {
          if (reading.read.push(item) === most) break;
          await pace?.();
        }
        reading.end = reading.read.length === most ? 'enough' : 'all';
      }
    } catch (error) {
      reading.end = error as Error;
    }
    return reading.read.length;
  };
  const hub = setupHub({}).createHub({
    options: { streamBufferCapacity: CAPACITY, ...hubOptions },
    methods: {
      Read: method([any<string>(), any<number>()], { upload: [any<unknown>()] }, (_hub, name, most, items) =>
        read(name, items, most),
      ),
      Pace: method([any<string>()], { upload: [any<unknown>()] }, (_hub, name, items) =>
        read(name, items, Number.POSITIVE_INFINITY, step),
      ),
      Even: method([any<string>()], { upload: [even] }, (_hub, name, items) =>
        read(name, items, Number.POSITIVE_INFINITY),
      ),
      Both: method([], { upload: [any<unknown>(), any<unknown>()] }, async (_hub, a, b) => [
        await read('a', a, Number.POSITIVE_INFINITY),
        await read('b', b, Number.POSITIVE_INFINITY),
      ]),
      Until: method([any<string>()], { upload: [any<unknown>()] }, async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }),
      Limited: method([any<string>()], { upload: [any<unknown>()], timeoutMs: 1_000 }, (_hub, name, items) =>
        read(name, items, Number.POSITIVE_INFINITY),
      ),
      LimitedStream: stream([], { upload: [any<unknown>()], timeoutMs: 1_000 }, async function* (_hub, items) {
        yield await read('limited', items, Number.POSITIVE_INFINITY);
      }),
      Note: method([any<number>()], (_hub, note) => {
        notes.push({ note, read: readings.get('s')?.read.length ?? 0 });
      }),
      Hold: method([], step),
    },
  });
  const server = new MemoryServer(hub);
  const release = (count: number) => {
    for (let n = 0; n < count; n++) {
      const gate = gates.shift();
      if (gate === undefined) permits += 1;
      else gate.resolve();
    }
  };
  return { server, readings, notes, let: release, steps: () => gates.length };
}

const upload = (target: string, args: readonly unknown[], streamIds: readonly string[], invocationId?: string) => ({
  type: 1,
  target,
  arguments: args,
  streamIds,
  invocationId,
});
const item = (streamId: string, value: unknown) => ({ type: 2, invocationId: streamId, item: value });
const end = (streamId: string, error?: string) => ({ type: 3, invocationId: streamId, error });
const note = (number: number) => ({ type: 1, target: 'Note', arguments: [number] });

function isBounded({ connection, transport }: Peer): void {
  const { mailbox } = sessionOf(connection);
  expect(mailbox.length).toBeLessThanOrEqual(MAILBOX_ROOM);
  expect(transport.isPaused).toBe(mailbox.length === MAILBOX_ROOM);
}

/** A frame of items and calls, or the reading of some items. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('send' as const),
      kinds: fc.array(fc.boolean(), { minLength: 1, maxLength: 120, size: 'max' }),
    }),
    fc.record({ does: fc.constant('read' as const), count: fc.integer({ min: 1, max: 60 }) }),
  ),
  { maxLength: 12, size: 'max' },
);

describe('an upload', () => {
  property(
    'reaches its method whole and in its order; when it is full, what stands behind waits',
    [steps],
    { runs: 80, sometimes: ['calls wait behind a full upload'] },
    async (todo, reached) => {
      const { server, readings, notes, let: release } = createServer();
      const peer = await server.connect();
      peer.client.sendRecord(upload('Pace', ['s'], ['u'], 'up'));
      let items = 0;
      /** Number of items before each note. */
      const before: number[] = [];
      for (const one of todo) {
        if (one.does === 'read') release(one.count);
        else {
          const frame = one.kinds.map((isItem) => {
            if (isItem) return item('u', items++);
            before.push(items);
            return note(before.length - 1);
          });
          peer.client.sendRecord(...frame);
        }
        isBounded(peer);
        await server.settle();
        isBounded(peer);
      }
      peer.client.sendRecord(end('u'));
      release(items + 1);
      await server.settle();
      expect(readings.get('s')).toEqual({ read: ascending(items), end: 'all' });
      expect(peer.client.completions('up')).toEqual([{ type: 3, invocationId: 'up', result: items }]);
      expect(notes.map(({ note: number }) => number)).toEqual(ascending(before.length));
      reached(
        'calls wait behind a full upload',
        before.some((count) => count > CAPACITY + 1),
      );
      for (const { note: number, read } of notes)
        expect((before[number] as number) - read).toBeLessThanOrEqual(CAPACITY + 1);
    },
  );

  property(
    'may be read in part, or not at all: the rest is dropped, and the connection goes on',
    [fc.nat(6), fc.nat(40), fc.boolean()],
    {
      runs: 60,
      sometimes: ['a part is read', 'all is read'],
      examples: [
        [2, 3, true],
        [2, 2, false],
      ],
    },
    async (most, count, isOneFrame, reached) => {
      const { server, readings } = createServer();
      const peer = await server.connect();
      const records = [
        upload('Read', ['s', most], ['u'], 'up'),
        ...ascending(count).map((n) => item('u', n)),
        note(0),
        end('u'),
        note(1),
      ];
      if (isOneFrame) peer.client.sendRecord(...records);
      else for (const one of records) peer.client.sendRecord(one);
      await server.settle();
      const read = Math.min(most, count);
      reached(read < count ? 'a part is read' : 'all is read');
      expect(readings.get('s')).toEqual({ read: ascending(read), end: read === most ? 'enough' : 'all' });
      expect(peer.client.completions('up')).toEqual([{ type: 3, invocationId: 'up', result: read }]);
      peer.client.invoke('Note', [2], 'note');
      await server.settle();
      expect(peer.client.completions('note')).toHaveLength(1);
      expect(peer.transport.isPaused).toBe(false);
    },
  );

  property(
    'is checked item by item: the first that does not fit is thrown behind those that do',
    [fc.array(fc.nat(20), { maxLength: 20, size: 'max' }), fc.boolean()],
    {
      runs: 80,
      sometimes: ['one does not fit', 'all fit'],
      examples: [
        [[2, 4], true],
        [[2, 3, 4], true],
      ],
    },
    async (values, detailedErrors, reached) => {
      const { server, readings } = createServer({ detailedErrors });
      const { client } = await server.connect();
      client.sendRecord(upload('Even', ['s'], ['u'], 'up'), ...values.map((value) => item('u', value)), end('u'));
      await server.settle();
      const odd = values.findIndex((value) => value % 2 === 1);
      reached(odd === -1 ? 'all fit' : 'one does not fit');
      const { read, end: how } = readings.get('s') as Reading;
      expect(read).toEqual(odd === -1 ? values : values.slice(0, odd));
      if (odd === -1) expect(how).toBe('all');
      else {
        expect(how).toBeInstanceOf(HubError);
        const detail = detailedErrors ? ' ArgumentsError: An item: is odd' : '';
        expect((how as Error).message).toBe(`Failed to bind Stream message.${detail}`);
      }
      expect(client.completions('up')).toHaveLength(1);
    },
  );

  property(
    'ends as its client says, behind its items: properly, or with an error',
    [fc.nat(12), fc.option(fc.string(), { nil: undefined })],
    {
      runs: 40,
      sometimes: ['it ends properly', 'it ends with an error'],
      examples: [
        [3, undefined],
        [3, 'why'],
      ],
    },
    async (count, error, reached) => {
      const { server, readings } = createServer();
      const { client } = await server.connect();
      client.sendRecord(
        upload('Read', ['s', 1_000], ['u']),
        ...ascending(count).map((n) => item('u', n)),
        end('u', error),
      );
      client.sendRecord(item('u', 'too late'), end('u', 'too late'));
      await server.settle();
      const { read, end: how } = readings.get('s') as Reading;
      expect(read).toEqual(ascending(count));
      reached(error === undefined ? 'it ends properly' : 'it ends with an error');
      if (error === undefined) expect(how).toBe('all');
      else expect(how).toEqual(new HubError(error));
    },
  );

  property(
    'is read to its end when its client leaves behind it; an unfinished one is an error behind its items',
    [
      fc.nat(MAILBOX_ROOM + 50),
      fc.boolean(),
      fc.constantFrom<(peer: Peer) => void>(
        ({ client }) => client.close(),
        ({ client }) => client.cut(),
        ({ client }) => client.sendClose(),
      ),
    ],
    { runs: 60, sometimes: ['it is finished', 'it is unfinished'] },
    async (count, isFinished, leave, reached) => {
      const { server, readings, let: release } = createServer();
      const peer = await server.connect();
      const records = [upload('Pace', ['s'], ['u']), ...ascending(count).map((n) => item('u', n))];
      peer.client.sendRecord(...records, ...(isFinished ? [end('u')] : []));
      leave(peer);
      await server.settle();
      release(count + 1);
      await server.settle();
      const { read, end: how } = readings.get('s') as Reading;
      expect(read).toEqual(ascending(count));
      reached(isFinished ? 'it is finished' : 'it is unfinished');
      if (isFinished) expect(how).toBe('all');
      else expect(how).toEqual(new DisconnectedError('The underlying connection was closed.'));
      await server.pass(6_000);
      expect(peer.isForgotten).toBe(true);
      expect(server.leftovers()).toEqual(NOTHING_LEFT);
    },
  );

  property(
    'is an error at once when the server ends the connection, behind what its method has room for',
    [fc.nat(20)],
    { runs: 30, sometimes: ['some does not fit into it'], examples: [[20]] },
    async (count, reached) => {
      reached('some does not fit into it', count > CAPACITY);
      const { server, readings } = createServer();
      const peer = await server.connect();
      peer.client.sendRecord(upload('Read', ['s', 1_000], ['u']));
      await server.settle();
      peer.client.sendRecord(...ascending(count).map((n) => item('u', n)));
      abort(peer.connection);
      await server.settle();
      const { read, end: how } = readings.get('s') as Reading;
      expect(read).toEqual(ascending(read.length));
      expect(read.length).toBeGreaterThanOrEqual(Math.min(count, CAPACITY));
      expect(how).toBeInstanceOf(DisconnectedError);
    },
  );

  property(
    'that begins behind a waiting call has the items that came meanwhile, and no others',
    [fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 20 })],
    40,
    async (early, late) => {
      const { server, readings, let: release } = createServer();
      const { client } = await server.connect();
      client.sendRecord(item('u', 'before its call'), { type: 1, target: 'Hold', arguments: [] });
      client.sendRecord({ type: 1, target: 'Hold', arguments: [] }, upload('Read', ['s', 1_000], ['u']));
      client.sendRecord(...ascending(early).map((n) => item('u', n)));
      await server.settle();
      expect(readings.size).toBe(0);
      release(2);
      await server.settle();
      client.sendRecord(...ascending(late).map((n) => item('u', early + n)), end('u'));
      await server.settle();
      expect(readings.get('s')).toEqual({ read: ascending(early + late), end: 'all' });
    },
  );

  test('may use the id of one that was ended, also in the same frame and behind a waiting call', async () => {
    const { server, readings, let: release } = createServer();
    const { client } = await server.connect();
    const one = (name: string, value: string) => [upload('Read', [name, 1_000], ['u']), item('u', value), end('u')];
    client.sendRecord({ type: 1, target: 'Hold', arguments: [] }, { type: 1, target: 'Hold', arguments: [] });
    client.sendRecord(...one('first', 'a'), ...one('second', 'b'));
    release(2);
    await server.settle();
    expect(readings.get('first')).toEqual({ read: ['a'], end: 'all' });
    expect(readings.get('second')).toEqual({ read: ['b'], end: 'all' });
  });

  test('with the id of one that runs is refused, or with one id twice; the running one notices nothing', async () => {
    const { server, readings } = createServer();
    const { client } = await server.connect();
    client.sendRecord(upload('Read', ['s', 1_000], ['u']), item('u', 0), upload('Read', ['t', 1], ['u'], 'same'));
    client.sendRecord(upload('Both', [], ['v', 'v'], 'twice'), item('u', 1), end('u'));
    await server.settle();
    const refusal = (target: string, id: string) =>
      `An unexpected error occurred invoking '${target}' on the server. HubException: Stream ID '${id}' is already in use.`;
    expect(client.completions('same')).toEqual([{ type: 3, invocationId: 'same', error: refusal('Read', 'u') }]);
    expect(client.completions('twice')).toEqual([{ type: 3, invocationId: 'twice', error: refusal('Both', 'v') }]);
    expect([...readings]).toEqual([['s', { read: [0, 1], end: 'all' }]]);
  });

  test('that is full holds up its own items and the calls behind them, and nothing else', async () => {
    const { server, readings, notes } = createServer();
    const { client } = await server.connect();
    // The method reads the first one to its end before it looks at the second.
    client.sendRecord(upload('Both', [], ['a', 'b'], 'up'));
    client.sendRecord(...ascending(20).map((n) => item('b', n)), note(0), {
      type: 4,
      invocationId: 's',
      target: 'LimitedStream',
      arguments: [],
      streamIds: ['x'],
    });
    client.sendRecord(item('a', 'still comes through'), end('b'));
    await server.settle();
    expect(readings.get('a')?.read).toEqual(['still comes through']);
    expect(notes).toEqual([]);
    client.sendRecord(end('a'));
    await server.settle();
    expect(readings.get('b')).toEqual({ read: ascending(20), end: 'all' });
    expect(notes).toHaveLength(1);
    expect(client.completions('up')).toEqual([{ type: 3, invocationId: 'up', result: [1, 20] }]);
  });

  test('that nobody reads stops nobody from leaving: its method hears of the end', async () => {
    const { server } = createServer();
    const peer = await server.connect();
    peer.client.sendRecord(upload('Until', ['s'], ['u']), ...ascending(50).map((n) => item('u', n)), { type: 7 });
    await server.settle();
    expect(peer.isForgotten).toBe(true);
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('has no time limit but its own; when that is over, it can no longer be read', async () => {
    const { server, readings } = createServer({ invocationTimeoutMs: 500 });
    const { client } = await server.connect();
    client.sendRecord(upload('Read', ['free', 1_000], ['a'], 'free'), upload('Limited', ['limited'], ['b'], 'limited'));
    client.sendRecord(item('a', 0), item('b', 0));
    await server.pass(900);
    expect(client.records.filter(({ type }) => type === 3)).toEqual([]);
    await server.pass(300);
    const error =
      "An unexpected error occurred invoking 'Limited' on the server. HubException: It took longer than 1000 ms.";
    expect(client.completions('limited')).toEqual([{ type: 3, invocationId: 'limited', error }]);
    expect(readings.get('limited')?.end).toMatchObject({ name: 'RefusedError' });
    client.sendRecord(item('a', 1), item('b', 1), end('a'));
    await server.settle();
    expect(readings.get('free')).toEqual({ read: [0, 1], end: 'all' });
    expect(client.completions('free')).toHaveLength(1);
  });

  test('goes on while the server drains, although calls that have not begun never will', async () => {
    const { server, readings, notes, let: release } = createServer();
    const peer = await server.connect();
    peer.client.sendRecord(upload('Pace', ['s'], ['u'], 'up'), ...ascending(10).map((n) => item('u', n)), note(0));
    await server.settle();
    const closed = server.parts.close({ drainMs: 5_000 });
    peer.client.sendRecord(
      ...ascending(MAILBOX_ROOM).map(note),
      ...ascending(10).map((n) => item('u', 10 + n)),
      end('u'),
    );
    release(21);
    await server.settle();
    await closed;
    expect(readings.get('s')).toEqual({ read: ascending(20), end: 'all' });
    expect(notes).toEqual([]);
    expect(peer.client.completions('up')).toEqual([{ type: 3, invocationId: 'up', result: 20 }]);
    expect(peer.client.closeRecord).toEqual({ type: 7, allowReconnect: true });
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });
});
