import { describe, expect, test } from 'vitest';
import { type Lifetime, method, setupHub } from '../../src/index.ts';
import { connect } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

/** Counts how often its state was created, and how often a call has seen this very state. */
function countingHub(lifetime: Exclude<Lifetime, 'server'>) {
  let made = 0;
  return setupHub({
    lifetime,
    state: () => {
      made += 1;
      return { number: made, calls: 0 };
    },
  }).createHub({
    methods: {
      Count: method([], ({ state }) => {
        state.calls += 1;
        return { ...state };
      }),
    },
  });
}

describe("a hub's state", () => {
  test("with lifetime 'connection' is each connection's own, and new for a client that comes back", async () => {
    const { url } = await startServer({ '/hub': countingHub('connection') });
    const one = await connect(url('/hub'));
    const two = await connect(url('/hub'));
    expect(await one.invoke('Count')).toEqual({ number: 1, calls: 1 });
    expect(await one.invoke('Count')).toEqual({ number: 1, calls: 2 });
    expect(await two.invoke('Count')).toEqual({ number: 2, calls: 1 });
    await one.stop();
    await one.start();
    expect(await one.invoke('Count')).toEqual({ number: 3, calls: 1 });
  });

  test("with lifetime 'server' is one for all connections, and outlives them", async () => {
    let made = 0;
    const hub = setupHub({
      lifetime: 'server',
      state: () => {
        made += 1;
        return { calls: 0 };
      },
    }).createHub({
      methods: {
        Count: method([], ({ state }) => {
          state.calls += 1;
          return state.calls;
        }),
      },
    });
    const { url, server } = await startServer({ '/hub': hub });
    // Created with the server, before any client connects.
    expect(made).toBe(1);
    const [one, two] = await Promise.all([connect(url('/hub')), connect(url('/hub'))]);
    expect(await one.invoke('Count')).toBe(1);
    expect(await two.invoke('Count')).toBe(2);
    await Promise.all([one.stop(), two.stop()]);
    await eventually(() => server.supervisor.size === 0);
    const three = await connect(url('/hub'));
    expect(await three.invoke('Count')).toBe(3);
    expect(made).toBe(1);
  });

  test("with lifetime 'invocation' is new for each call", async () => {
    const { url } = await startServer({ '/hub': countingHub('invocation') });
    const client = await connect(url('/hub'));
    const counts = [await client.invoke('Count'), await client.invoke('Count')] as { number: number; calls: number }[];
    expect(counts.map(({ calls }) => calls)).toEqual([1, 1]);
    expect(counts[1]?.number).toBeGreaterThan(counts[0]?.number ?? Number.POSITIVE_INFINITY);
  });

  test("with lifetime 'invocation': one that cannot be made fails that call only", async () => {
    let works = false;
    const hub = setupHub({
      lifetime: 'invocation',
      state: () => {
        if (!works) throw new Error('no database');
        return { fine: true };
      },
    }).createHub({
      methods: { Look: method([], ({ state }) => state.fine) },
    });
    works = true;
    const { url } = await startServer({ '/hub': hub });
    const client = await connect(url('/hub'));
    works = false;
    await expect(client.invoke('Look')).rejects.toThrow("An unexpected error occurred invoking 'Look' on the server.");
    works = true;
    expect(await client.invoke('Look')).toBe(true);
  });

  test("with lifetime 'invocation': one that cannot be made at the end does not cost the hub its onDisconnected", async () => {
    let works = true;
    const ends = new Inbox<string>();
    const hub = setupHub({
      lifetime: 'invocation',
      state: () => {
        if (!works) throw new Error('no database');
        return {};
      },
    }).createHub({ methods: {}, onDisconnected: (_hub, reason) => ends.put(reason.name) });
    const { url, server } = await startServer({ '/hub': hub });
    const client = await connect(url('/hub'));
    works = false;
    await client.stop();
    await eventually(() => server.supervisor.size === 0);
    // Exactly once for every onConnected that resolved, in all cases.
    expect(ends.all).toEqual(['client-closed']);
  });

  test('is made from what is known of the connection', async () => {
    const hub = setupHub({
      state: ({ connectionId, user, request }) => ({ connectionId, user, room: request.query.get('room') }),
    }).createHub({ methods: { Look: method([], ({ state }) => state) } });
    const { url } = await startServer({ '/hub': hub }, { authenticate: () => ({ id: 'ada', roles: ['r'] }) });
    const client = await connect(url('/hub?room=7'));
    expect(await client.invoke('Look')).toEqual({
      connectionId: client.connectionId,
      user: { id: 'ada', roles: ['r'] },
      room: '7',
    });
  });

  test('`shared` is one value for all connections, whatever the lifetime of the state', async () => {
    let made = 0;
    const hub = setupHub({
      lifetime: 'invocation',
      state: () => ({}),
      shared: () => {
        made += 1;
        return new Set<string>();
      },
    }).createHub({
      methods: {
        SignIn: method([], ({ shared, connectionId }) => {
          shared.add(connectionId);
          return [...shared];
        }),
      },
    });
    const { url } = await startServer({ '/hub': hub });
    const [one, two] = [await connect(url('/hub')), await connect(url('/hub'))];
    expect(await one.invoke('SignIn')).toEqual([one.connectionId]);
    expect(await two.invoke('SignIn')).toEqual([one.connectionId, two.connectionId]);
    expect(made).toBe(1);
  });
});
