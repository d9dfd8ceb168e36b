import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { HubError, type HubMethod, type HubOptions, method, setupHub } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { forbidUncaught, undisturbed } from '../support/undisturbed.ts';

forbidUncaught();
// Each of these takes milliseconds; what is never answered should not take half a minute to be noticed.
vi.setConfig({ testTimeout: 5_000 });

/** A logger that writes everything, as in development: whatever is thrown goes through it, too. */
function loudLog() {
  return pino({ level: 'debug' }, new Writable({ write: (_chunk, _encoding, done) => done() }));
}

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

const trap = (): never => {
  throw new Error('trapped');
};
/** Throws whatever is done with it: no question about it can be answered. */
const untouchable = new Proxy(
  {},
  { get: trap, getPrototypeOf: trap, has: trap, ownKeys: trap, getOwnPropertyDescriptor: trap },
);

/** What a method may throw. JavaScript allows anything. */
const THROWN: Readonly<Record<string, unknown>> = {
  'an Error': new Error('secret'),
  null: null,
  undefined: undefined,
  'a text': 'secret',
  'a number': 7,
  'a symbol': Symbol('secret'),
  'a BigInt': 1n,
  'a function': () => 'secret',
  'a cycle': cycle,
  'an object without a prototype': Object.create(null),
  'an object whose toString throws': { toString: trap, [Symbol.toPrimitive]: trap },
  'an object whose message throws': {
    get message() {
      return trap();
    },
  },
  'an Error whose message throws': Object.defineProperty(new Error('x'), 'message', { get: trap }),
  'an Error whose stack throws': Object.defineProperty(new Error('x'), 'stack', { get: trap }),
  'an Error whose name is no text': Object.assign(new Error('secret'), { name: { toString: trap } }),
  'an Error with itself as its cause': (() => {
    const error = new Error('secret');
    error.cause = error;
    return error;
  })(),
  'an Error whose toJSON throws': Object.assign(new Error('secret'), { toJSON: trap }),
  'a promise that rejects': (() => {
    const rejection = Promise.reject(new Error('secret'));
    rejection.catch(() => {});
    return rejection;
  })(),
  'a proxy that throws at every touch': untouchable,
};

/** What a method may return and no protocol can write. */
const RETURNED: Readonly<Record<string, unknown>> = {
  'a cycle': cycle,
  'a BigInt': 1n,
  'a BigInt deep inside': { list: [{ n: 1n }] },
  NaN: Number.NaN,
  'an infinity': [Number.POSITIVE_INFINITY],
  'a function': () => {},
  'a symbol': { s: Symbol('s') },
  'an object whose getter throws': {
    get value() {
      return trap();
    },
  },
  'an object whose toJSON throws': { toJSON: trap },
  'an object whose toJSON returns a BigInt': { toJSON: () => 1n },
  'something 100 levels deep': Array.from({ length: 100 }).reduce((inner) => [inner], 'core'),
  'an object whose then throws': {
    // biome-ignore lint/suspicious/noThenProperty: it is what authors may return
    get then() {
      return trap();
    },
  },
  'a proxy that throws at every touch': untouchable,
};

function hubOf(methods: Record<string, HubMethod<unknown>>, options: HubOptions = {}) {
  return setupHub({}).createHub({
    options,
    methods: { Echo: method([z.unknown()], (_hub, value) => value), ...methods },
  });
}

const GENERIC = "An unexpected error occurred invoking 'Bad' on the server.";

const throwsNow = (thrown: unknown) =>
  method([], () => {
    throw thrown;
  });
const rejects = (thrown: unknown) =>
  method([], async () => {
    // Later than the call itself, so that it ends on another stack.
    await new Promise((resolve) => setImmediate(resolve));
    throw thrown;
  });

describe.each([
  ['throws', throwsNow],
  ['rejects with', rejects],
])('a method that %s', (_how, bad) => {
  test.each(Object.entries(THROWN))(
    '%s: is an error without a text, and nobody else notices',
    async (_what, thrown) => {
      const { port } = await startServer({ '/hub': hubOf({ Bad: bad(thrown) }) }, { logger: loudLog() });
      await undisturbed(port, async () => {
        const client = await openRaw(port);
        expect(await client.invoke('Bad')).toEqual({ type: 3, invocationId: '1', error: GENERIC });
        // Without an answer it fails as quietly.
        client.send({ type: 1, target: 'Bad', arguments: [] });
        expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
        expect(client.records.length).toBe(2);
      });
    },
  );

  test.each(Object.entries(THROWN))('%s: is an error with detailedErrors, too', async (_what, thrown) => {
    const hub = hubOf({ Bad: bad(thrown) }, { detailedErrors: true });
    const { port } = await startServer({ '/hub': hub }, { logger: loudLog() });
    const client = await openRaw(port);
    // `Name: text`, if what was thrown lets itself be asked.
    expect((await client.invoke('Bad')).error).toMatch(
      /^An unexpected error occurred invoking 'Bad' on the server\.( .+: .*)?$/,
    );
    expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });
});

describe.each([
  ['returns', (value: unknown) => method([], () => value)],
  ['resolves with', (value: unknown) => method([], async () => value)],
])('a method that %s', (_how, bad) => {
  test.each(Object.entries(RETURNED))('%s: is an error of that call alone', async (_what, value) => {
    const { port } = await startServer({ '/hub': hubOf({ Bad: bad(value) }) }, { logger: loudLog() });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect(await client.invoke('Bad')).toEqual({ type: 3, invocationId: '1', error: GENERIC });
      client.send({ type: 1, target: 'Bad', arguments: [] });
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });
});

describe('a thenable that keeps no promise', () => {
  const thenables: Readonly<Record<string, object>> = {
    'calls back twice': {
      // biome-ignore lint/suspicious/noThenProperty: it is what authors may return
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        resolve('first');
        resolve('second');
        reject(new Error('third'));
        throw new Error('fourth');
      },
    },
    'is itself its result, later': {
      // biome-ignore lint/suspicious/noThenProperty: it is what authors may return
      then: (resolve: (value: unknown) => void) => void setImmediate(resolve, 'first'),
    },
  };

  test.each(Object.entries(thenables))('and %s is answered once', async (_what, thenable) => {
    const { port } = await startServer({ '/hub': hubOf({ Bad: method([], () => thenable) }) });
    const client = await openRaw(port);
    expect(await client.invoke('Bad')).toMatchObject({ result: 'first' });
    expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    expect(client.records.length).toBe(2);
  });

  test('and never settles holds its slot, and only its own', async () => {
    // It ends with its connection, so that the end of the test has nothing to wait for.
    const stuck = method([], (hub: { readonly signal: AbortSignal }) => {
      return new Promise((resolve) => hub.signal.addEventListener('abort', resolve));
    });
    const hub = hubOf({ Bad: stuck as HubMethod<unknown> });
    const { port } = await startServer({ '/hub': hub });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      client.send({ type: 1, invocationId: 'stuck', target: 'Bad', arguments: [] });
      client.send({ type: 1, invocationId: 'behind', target: 'Echo', arguments: [1] });
      // What needs no slot is answered, once it is its turn; what stands behind a waiting call waits with it.
      const other = await openRaw(port);
      expect(await other.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
      expect(client.records.all).toEqual([]);
    });
  });
});

describe('what surrounds the methods may throw, too', () => {
  test.each(Object.entries(THROWN))('onConnected throwing %s closes that connection alone', async (_what, thrown) => {
    const hub = setupHub({}).createHub({
      methods: { Echo: method([z.unknown()], (_hub, value) => value) },
      onConnected: async (hub) => {
        if (hub.request.query.has('bad')) throw thrown;
      },
    });
    const started = await startServer({ '/hub': hub }, { logger: loudLog() });
    await undisturbed(started.port, async () => {
      const client = await openRaw(started.port, { path: '/hub?bad' });
      await client.ended;
      expect(client.records.all).toEqual([{ type: 7, error: 'Connection closed with an error.' }]);
    });
    await eventually(() => started.server.supervisor.size === 1);
  });

  test.each(Object.entries(THROWN))(
    'onDisconnected throwing %s ends that connection with 1011',
    async (_what, thrown) => {
      const hub = setupHub({}).createHub({
        methods: {
          Echo: method([z.unknown()], (_hub, value) => value),
          Leave: method([], (hub) => hub.abort()),
        },
        onDisconnected: async () => {
          throw thrown;
        },
      });
      const started = await startServer({ '/hub': hub }, { logger: loudLog() });
      await undisturbed(started.port, async () => {
        const client = await openRaw(started.port);
        client.send({ type: 1, target: 'Leave', arguments: [] });
        expect((await client.ended).code).toBe(1011);
        expect(client.records.all).toEqual([{ type: 7 }]);
      });
      await eventually(() => started.server.supervisor.size === 1);
    },
  );

  test.each(Object.entries(THROWN))('a schema throwing %s fails that call alone', async (_what, thrown) => {
    const schema = z.unknown().transform(() => {
      throw thrown;
    });
    const { port } = await startServer({ '/hub': hubOf({ Bad: method([schema], () => {}) }) }, { logger: loudLog() });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect((await client.invoke('Bad', 1)).error).toBe("Failed to invoke 'Bad' due to an error on the server.");
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });

  test('a HubError with a text that is no text fails that call alone', async () => {
    const odd = new HubError('x');
    Object.defineProperty(odd, 'message', { get: trap });
    const { port } = await startServer({ '/hub': hubOf({ Bad: rejects(odd) }) }, { logger: loudLog() });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect((await client.invoke('Bad')).error).toMatch(
        /^An unexpected error occurred invoking 'Bad' on the server\./,
      );
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });
});

describe('what nobody awaits may fail, too', () => {
  interface Told {
    Tell(value: unknown): void;
  }

  /** Each of them leaves a promise behind that rejects. */
  const careless = setupHub({ client: {} as Told }).createHub({
    options: { maximumGroupsPerConnection: 1 },
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      Send: method([], (hub) => void hub.clients.all.send('Tell', 1n)),
      SendToNobody: method([], (hub) => void hub.clients.group('').send('Tell', 1)),
      Join: method([], (hub) => {
        for (const group of ['one', 'two', 'three']) void hub.groups.add(hub.connectionId, group);
      }),
      JoinNothing: method([], (hub) => void hub.groups.add(hub.connectionId, '')),
      Count: method([], (hub) => void hub.groups.count('')),
      Abort: method([], (hub) => void hub.clients.client('').abort()),
      /** Goes on when its time is over. */
      Late: method([], { timeoutMs: 50 }, async (hub) => {
        await new Promise((resolve) => hub.signal.addEventListener('abort', resolve));
        void hub.clients.caller.send('Tell', 'late');
        void hub.groups.add(hub.connectionId, 'late');
        void hub.clients.user('nobody').abort();
        throw new Error('nobody waits for this');
      }),
    },
  });

  test.each(['Send', 'SendToNobody', 'Join', 'JoinNothing', 'Count', 'Abort'])('%s', async (name) => {
    const { port } = await startServer({ '/hub': careless });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect(await client.invoke(name)).toEqual({ type: 3, invocationId: '1', result: null });
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });

  test('Late, whose time is over', async () => {
    const { port } = await startServer({ '/hub': careless });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect((await client.invoke('Late')).error).toContain('It took longer than 50 ms.');
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });

  test('Late, whose client has gone', async () => {
    const started = await startServer({ '/hub': careless });
    await undisturbed(started.port, async () => {
      const client = await openRaw(started.port);
      client.send({ type: 1, invocationId: '1', target: 'Late', arguments: [] }, { type: 7 });
      await client.ended;
      await eventually(() => started.server.supervisor.size === 1);
    });
  });
});
