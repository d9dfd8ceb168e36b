import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors.ts';
import type { HubContext } from '../../src/hub/hub-context.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { onAbort } from '../../src/routing/abort-listeners.ts';
import { MemoryServer, NOTHING_LEFT } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';

interface ResultClient {
  Question(number: number): unknown;
}

const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('those who wait for one signal', () => {
  const step = fc.record({ signal: fc.nat(2), does: fc.constantFrom('wait', 'wait', 'stop', 'fire') });
  property(
    'share a listener, hear of it once, and leave none',
    [fc.array(step, { maxLength: 60, size: 'max' })],
    { runs: 200, sometimes: ['several hear of it', 'one stops before'] },
    (steps, reached) => {
      const controllers = Array.from({ length: 3 }, () => new AbortController());
      const waiting = controllers.map(() => new Map<number, () => void>());
      const told: number[] = [];
      for (const [n, { signal: which, does }] of steps.entries()) {
        const { signal } = controllers[which] as AbortController;
        const those = waiting[which] as Map<number, () => void>;
        if (signal.aborted) continue;
        if (does === 'wait')
          those.set(
            n,
            onAbort(signal, () => told.push(n)),
          );
        else if (does === 'stop') {
          const [first] = those;
          reached('one stops before', those.size > 1);
          first?.[1]();
          those.delete(first?.[0] ?? -1);
        } else {
          const expected = [...those.keys()];
          reached('several hear of it', expected.length > 1);
          told.length = 0;
          controllers[which]?.abort();
          expect(told).toEqual(expected);
        }
        expect(listenersOf(signal)).toBe(those.size > 0 ? 1 : 0);
      }
      for (const those of waiting) for (const stop of those.values()) stop();
      for (const { signal } of controllers) expect(listenersOf(signal)).toBe(0);
    },
  );
});

test('a hundred client results with one signal, of several hubs, add one listener, and Node warns of no leak', async () => {
  const hub = setupHub({ client: {} as ResultClient }).createHub({
    methods: { Echo: method([any()], (_hub, value) => value) },
  });
  const warnings: string[] = [];
  const warned = (warning: Error) => warnings.push(warning.name);
  process.on('warning', warned);
  const { signal } = new AbortController();
  const servers = [new MemoryServer(hub), new MemoryServer(hub)];
  const answers: Promise<unknown>[] = [];
  for (const server of servers) {
    const { clients } = server.host.hub.context as HubContext<ResultClient>;
    const peer = await server.connect();
    for (let n = 0; n < 50; n++) {
      answers.push(clients.client(peer.id).with({ signal }).invoke('Question', n));
    }
    await server.settle();
  }
  expect(listenersOf(signal)).toBe(1);
  for (const server of servers) {
    const [{ client } = { client: undefined }] = server.peers;
    for (const { invocationId = '', arguments: args } of client?.requestedResults ?? []) {
      client?.complete(invocationId, { result: args?.[0] });
    }
    await server.settle();
  }
  expect(await Promise.all(answers)).toEqual([...Array(50).keys(), ...Array(50).keys()]);
  expect(listenersOf(signal)).toBe(0);
  // Node warns in another turn.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});

test('a signal that fires ends all client results that wait for it, with its reason, and no other', async () => {
  const hub = setupHub({ client: {} as ResultClient }).createHub({ methods: {} });
  const server = new MemoryServer(hub);
  const { clients } = server.host.hub.context as HubContext<ResultClient>;
  const peer = await server.connect();
  const controller = new AbortController();
  const { client } = peer;
  const ask = (options: { readonly signal?: AbortSignal }) =>
    clients.client(peer.id).with(options).invoke('Question', 1);
  const heeding = Array.from({ length: 20 }, () => ask({ signal: controller.signal }).catch((error: unknown) => error));
  const other = ask({});
  await server.settle();
  controller.abort('enough');
  for (const error of await Promise.all(heeding)) {
    expect(error).toBeInstanceOf(HubError);
    expect(error).toMatchObject({ cause: 'enough' });
  }
  client.complete(client.requestedResults.at(-1)?.invocationId ?? '', { result: 'yes' });
  await server.settle();
  expect(await other).toBe('yes');
  client.close();
  await server.settle();
  expect(server.leftovers()).toEqual(NOTHING_LEFT);
});
