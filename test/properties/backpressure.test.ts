import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import type { WorldClient } from './addresses.ts';

const slowConsumer = { highWaterBytes: 1_000, limitBytes: 3_000, limitMessages: 20, stallMs: 60_000 };

/** A hub that sends `count` messages, waiting for each, and says how far it is. */
function createServer() {
  const progress = { sent: 0 };
  const hub = setupHub({ client: {} as WorldClient }).createHub({
    options: { slowConsumer, invocationTimeoutMs: 0 },
    methods: {
      ToMyself: method([any<number>(), any<number>()], async (self, count, bytes) => {
        for (; progress.sent < count; progress.sent++) {
          await self.clients.caller.send('Heard', progress.sent, 'x'.repeat(bytes));
        }
      }),
      ToOthers: method([any<number>(), any<'others' | 'client' | 'group'>()], async (self, count, way) => {
        const { others } = self.clients;
        const receivers = { others, client: self.clients.client('slow'), group: self.clients.group('all') }[way];
        for (; progress.sent < count; progress.sent++) await receivers.send('Heard', progress.sent, '');
      }),
    },
    onConnected: (self) => self.groups.add(self.connectionId, 'all'),
  });
  return { server: new MemoryServer(hub), progress };
}

/** Several who send without a pause, and the most that had been collected for any client, by anybody's message. */
function createCrowd(senders: number) {
  const seen = { sent: 0, most: 0 };
  const hub = setupHub({ client: {} as WorldClient }).createHub({
    options: { slowConsumer: { ...slowConsumer, limitBytes: 1_000_000, limitMessages: 1_000 }, invocationTimeoutMs: 0 },
    methods: {
      ToAll: method([any<number>(), any<number>()], async (self, count, bytes) => {
        for (let n = 0; n < count; n++) {
          const sent = self.clients.all.send('Heard', n, 'x'.repeat(bytes));
          for (const { connection } of server.peers) seen.most = Math.max(seen.most, connection.lane.lag.bytes);
          await sent;
          seen.sent += 1;
        }
      }),
    },
  });
  const server = new MemoryServer(hub);
  return { server, seen, open: () => Promise.all(Array.from({ length: senders }, () => server.connect())) };
}

const ascending = (count: number) => Array.from({ length: count }, (_, number) => number);

describe('who calls', () => {
  property(
    'has answers collected for one turn, and one more: the next call waits until they are written',
    [fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 600 })],
    30,
    async (count, bytes) => {
      let most = 0;
      const hub = setupHub({ client: {} as WorldClient }).createHub({
        options: { slowConsumer },
        methods: {
          Answer: method([], () => {
            most = Math.max(most, ...server.peers.map(({ connection }) => connection.lane.lag.bytes));
            return 'x'.repeat(bytes);
          }),
        },
      });
      const server = new MemoryServer(hub);
      const { client } = await server.connect();
      const calls = Array.from({ length: count }, (_, at) => ({
        type: 1,
        invocationId: `${at}`,
        target: 'Answer',
        arguments: [],
      }));
      client.sendRecord(...calls);
      await server.settle();
      expect(most).toBeLessThan(slowConsumer.highWaterBytes);
      expect(client.records.filter(({ type }) => type === 3).map(({ invocationId }) => invocationId)).toEqual(
        ascending(count).map(String),
      );
    },
  );
});

describe('who calls and does not read', () => {
  /** More waits for a client than may; then come its calls. */
  async function overfull() {
    const made: number[] = [];
    const hub = setupHub({ client: {} as WorldClient }).createHub({
      options: { slowConsumer },
      methods: {
        Note: method([any<number>()], (_self, number) => {
          made.push(number);
        }),
      },
    });
    const server = new MemoryServer(hub);
    const { client } = await server.connect();
    client.stall();
    for (const number of ascending(100)) server.parts.context(hub).clients.all.send('Heard', number, '');
    await server.settle();
    client.sendRecord(...ascending(10).map((number) => ({ type: 1, target: 'Note', arguments: [number] })));
    await rest(server);
    return { server, client, made };
  }

  /** Nobody looks in every turn whether it has read. */
  async function rest(server: MemoryServer): Promise<void> {
    let turns = 0;
    while (turns < 100 && (await server.turn())) turns += 1;
    expect(turns).toBeLessThan(100);
  }

  test('is not called back while more waits for it than may: it reads first', async () => {
    const { server, client, made } = await overfull();
    expect(made).toEqual([]);
    client.flow();
    await server.settle();
    expect(made).toEqual(ascending(10));
  });

  test('has its calls made at once when it has left, whatever waits for it', async () => {
    const { server, client, made } = await overfull();
    client.sayGoodbye();
    await rest(server);
    expect(made).toEqual(ascending(10));
  });
});

describe('who sends', () => {
  property(
    'to its own caller is slowed by that client, and loses nothing, however much it sends',
    [fc.integer({ min: 100, max: 300 }), fc.integer({ min: 0, max: 400 })],
    40,
    async (count, bytes) => {
      const { server, progress } = createServer();
      const { client, connection } = await server.connect();
      client.stall();
      client.invoke('ToMyself', [count, bytes]);
      await server.settle();
      // What stands in the socket, what the turn has collected before it saw that, and a message that crosses each mark.
      expect(progress.sent * (bytes + 46)).toBeLessThanOrEqual(2 * (slowConsumer.highWaterBytes + bytes + 100));
      expect(connection.lane.isOpen).toBe(true);
      client.flow();
      await server.settle();
      expect(client.calls('Heard').map(([number]) => number)).toEqual(ascending(count));
    },
  );

  property(
    'waits for our own writing: no client has more collected than a turn writes, and one message of each sender',
    [fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 500 })],
    30,
    async (senders, bytes) => {
      const { server, seen, open } = createCrowd(senders);
      const peers = await open();
      for (const { client } of peers) client.invoke('ToAll', [100, bytes]);
      await server.settle();
      expect(seen.sent).toBe(senders * 100);
      expect(seen.most).toBeLessThanOrEqual(slowConsumer.highWaterBytes + (senders + 1) * (bytes + 100));
      for (const { client } of peers) expect(client.calls('Heard')).toHaveLength(senders * 100);
    },
  );

  property(
    'to others waits for no socket of theirs',
    [fc.constantFrom('others', 'client', 'group')],
    10,
    async (way) => {
      const { server, progress } = createServer();
      const slow = await server.connect({ id: 'slow' });
      const sender = await server.connect();
      slow.client.stall();
      sender.client.invoke('ToOthers', [200, way]);
      await server.settle();
      expect(progress.sent).toBe(200);
      // Its own limit catches up with the slow one.
      await server.pass(1_200);
      expect(slow.connection.lane.isOpen).toBe(false);
      expect(sender.connection.lane.isOpen).toBe(true);
    },
  );
});
