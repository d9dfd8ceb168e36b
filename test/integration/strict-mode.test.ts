// A component that subscribes, unsubscribes and subscribes again at once, as under React's StrictMode.
import { EventEmitter, on } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type HubFilter, setupHub, stream } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { nothing } from '../support/client-streams.ts';
import { connect } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { by, TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';

function tickingHub(gate: Promise<void>) {
  const emitter = new EventEmitter();
  const slowly: HubFilter = {
    async invoke({ method }, next) {
      const made = await next();
      if (method === 'Filtered') await gate;
      return made;
    },
  };
  const ticks = () => on(emitter, 'tick');
  const late = async () => {
    await gate;
    return ticks();
  };
  const hub = setupHub({}).createHub({
    filters: [slowly],
    methods: {
      Ticks: stream([], ticks),
      Filtered: stream([], ticks),
      // As authors write it, despite the types.
      Late: stream([], () => late() as unknown as AsyncIterable<unknown>),
    },
  });
  return { hub, emitter };
}

describe.each(TRANSPORT_PROTOCOLS)('over %s, in %s', (...way) => {
  const start = async () => {
    const gate = defer();
    const { hub, emitter } = tickingHub(gate.promise);
    const { server, url } = await startServer({ '/hub': hub });
    return { gate, emitter, server, client: await connect(url('/hub'), by(way)) };
  };

  test('a subscription that is given up at once leaves nothing, and the next one gets its items', async () => {
    const { client, emitter } = await start();
    const items = new Inbox<unknown>();
    client.stream('Ticks').subscribe(nothing).dispose();
    const second = client.stream('Ticks').subscribe({ ...nothing, next: items.put });
    // The server has read both by the time that it answers this.
    await expect(client.invoke('NoSuchMethod')).rejects.toThrow();
    await eventually(() => emitter.listenerCount('tick') === 1);
    emitter.emit('tick', 'tock');
    await items.until(1);
    expect(items.all).toEqual([['tock']]);
    second.dispose();
    await eventually(() => emitter.listenerCount('tick') === 0);
  });

  test.each(['Late', 'Filtered'])(
    '%s: a client that stops before its stream has begun leaves nothing',
    async (name) => {
      const { client, emitter, gate, server } = await start();
      client.stream(name).subscribe(nothing);
      await expect(client.invoke('NoSuchMethod')).rejects.toThrow();
      await client.stop();
      gate.resolve();
      await eventually(() => server.supervisor.size === 0);
      expect(emitter.listenerCount('tick')).toBe(0);
    },
  );
});
