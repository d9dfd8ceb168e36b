import {
  type HubConnection,
  HubConnectionBuilder,
  type IHubProtocol,
  JsonHubProtocol,
  LogLevel,
  Subject,
} from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import fc from 'fast-check';
import { describe, expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type CloseReason, type HubOptions, method, setupHub, stream } from '../../src/index.ts';
import { callsTo } from '../support/clients.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { eventually } from '../support/inbox.ts';
import { property } from '../support/property.ts';
import { startServer } from '../support/test-server.ts';

interface Client {
  Told(n: number): void;
  Confirm(n: number): number;
}

/** Calls and ends that the hub has seen, in order. */
interface Seen {
  readonly events: string[];
  readonly noted: number[];
  readonly ends: CloseReason[];
}

function hubThatSees(options: HubOptions = {}) {
  const seen: Seen = { events: [], noted: [], ends: [] };
  const definition = setupHub({ client: {} as Client, state: () => ({ calls: 0 }) }).createHub({
    options: { allowStatefulReconnects: true, ...options },
    onConnected: (hub) => {
      seen.events.push(`connected ${hub.connectionId}`);
    },
    onDisconnected: (hub, reason) => {
      seen.events.push(`disconnected ${hub.connectionId}`);
      seen.ends.push(reason);
    },
    methods: {
      Note: method([z.int()], (hub, n) => {
        seen.noted.push(n);
        hub.state.calls += 1;
        return hub.state.calls;
      }),
      Join: method([z.string()], (hub, group) => hub.groups.add(hub.connectionId, group)),
      Count: stream([z.int()], async function* (_hub, to) {
        for (let n = 0; n < to; n++) {
          yield n;
          await nextTurn();
        }
      }),
      Collect: method([], { upload: [z.int()] }, async (_hub, numbers) => {
        const all: number[] = [];
        for await (const n of numbers) all.push(n);
        return all;
      }),
      Ask: method([z.int()], async (hub, times) => {
        const answers: number[] = [];
        for (let n = 0; n < times; n++) answers.push(await hub.clients.caller.invoke('Confirm', n));
        return answers;
      }),
    },
  });
  return { definition, seen };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

/** The official client with stateful reconnect, and without automatic reconnect. */
async function connectThrough(port: number, protocol: IHubProtocol = new JsonHubProtocol()) {
  const client = new HubConnectionBuilder()
    .withUrl(`http://127.0.0.1:${port}/hub`)
    .withHubProtocol(protocol)
    .withStatefulReconnect()
    .configureLogging(LogLevel.None)
    .build();
  onTestFinished(() => client.stop());
  const closes: (Error | undefined)[] = [];
  client.onclose((error) => closes.push(error));
  await client.start();
  return { client, closes };
}

function itemsOf(client: HubConnection, count: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const items: number[] = [];
    client
      .stream<number>('Count', count)
      .subscribe({ next: (n) => items.push(n), error: reject, complete: () => resolve(items) });
  });
}

async function upload(client: HubConnection, count: number): Promise<number[]> {
  const numbers = new Subject<number>();
  const collected = client.invoke<number[]>('Collect', numbers);
  for (let n = 0; n < count; n++) {
    numbers.next(n);
    await nextTurn();
  }
  numbers.complete();
  return collected;
}

const COUNT = 120;
/**
 * Bytes that each socket may carry. The first budget has to suffice for the handshake, since before it no connection
 * exists. More than ten returns at once are too many.
 */
const budgets = fc
  .tuple(
    fc.integer({ min: 300, max: 2_500 }),
    fc.array(fc.integer({ min: 1, max: 2_500 }), { minLength: 6, maxLength: 9 }),
  )
  .map(([first, others]) => [first, ...others]);

describe.each([
  ['JSON', () => new JsonHubProtocol()],
  ['MessagePack', () => new MessagePackHubProtocol()],
])('the official client with stateful reconnect, in %s', (_name, protocol) => {
  property(
    'over a socket that is cut anywhere: nothing is lost, nothing comes twice, and the hub does not notice',
    [budgets, fc.constantFrom(4_194_304, 50_000)],
    4,
    async (some, statefulReconnectBufferBytes) => {
      const { definition, seen } = hubThatSees({ statefulReconnectBufferBytes });
      const { server, port } = await startServer({ '/hub': definition });
      const proxy = await startCuttingProxy(port, some);
      const { client, closes } = await connectThrough(proxy.port, protocol());
      const told = callsTo<[number]>(client, 'Told');
      client.on('Confirm', (n: number) => n * 10);
      await client.invoke('Join', 'room');

      const note = async () => {
        const answers: number[] = [];
        for (const n of upTo(COUNT)) answers.push(await client.invoke<number>('Note', n));
        return answers;
      };
      const tell = async () => {
        for (const n of upTo(COUNT)) {
          await server.context(definition).clients.group('room').send('Told', n);
          await nextTurn();
        }
      };
      const [answers, items, collected, confirmed] = await Promise.all([
        note(),
        itemsOf(client, COUNT),
        upload(client, COUNT),
        client.invoke<number[]>('Ask', COUNT / 2),
        tell(),
      ]);
      await told.until(COUNT);

      expect({ answers, items, collected, confirmed, told: told.all.flat() }).toEqual({
        answers: upTo(COUNT).map((n) => n + 1),
        items: upTo(COUNT),
        collected: upTo(COUNT),
        confirmed: upTo(COUNT / 2).map((n) => n * 10),
        told: upTo(COUNT),
      });
      expect(seen.noted).toEqual(upTo(COUNT));
      expect(seen.events).toEqual([`connected ${client.connectionId}`]);
      expect(closes).toEqual([]);
      expect(proxy.cuts).toBeGreaterThan(3);
      await client.stop();
      await eventually(() => seen.events.length === 2);
    },
  );
});
