// A connection that ends has no group, no address and no entry of a list any more, while its hub still runs
// `onDisconnected`.
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Groups } from '../../src/hub/groups.ts';
import type { HubContext } from '../../src/hub/hub-context.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { abort } from '../support/sessions.ts';

interface Listener {
  Heard(text: string): void;
}

interface View {
  readonly count: number;
  readonly members: readonly string[];
  readonly listed: readonly string[];
}

const ends = fc.constantFrom<(peer: Peer) => void>(
  ({ client }) => client.close(),
  ({ client }) => client.cut(),
  ({ client }) => client.sendClose(),
  ({ connection }) => abort(connection),
);
const joins = fc.constantFrom('before' as const, 'while it runs' as const, 'in its last call' as const);

function createServer() {
  const gates: Deferred<void>[] = [];
  /** View of each connection that left in `onDisconnected`, by its id. */
  const seen = new Map<string, View>();
  const look = async (groups: Groups): Promise<View> => ({
    count: await groups.count('red'),
    members: await groups.members('red'),
    listed: Array.from(server.parts.connections(), ({ connectionId }) => connectionId),
  });
  const hub = setupHub({ client: {} as Listener }).createHub({
    methods: {
      Join: method([any<string>()], (self, group) => self.groups.add(self.connectionId, group)),
      JoinLater: method([], async (self) => {
        const gate = defer();
        gates.push(gate);
        await gate.promise;
        await self.groups.add(self.connectionId, 'red');
      }),
    },
    onDisconnected: async (self) => {
      await self.groups.add(self.connectionId, 'red');
      await self.clients.group('red').send('Heard', self.connectionId);
      await self.clients.client(self.connectionId).send('Heard', 'nobody');
      seen.set(self.connectionId, await look(self.groups));
    },
  });
  const server: MemoryServer = new MemoryServer(hub);
  const context = server.host.hub.context as HubContext<Listener>;
  return { server, seen, context, goOn: () => gates.splice(0).map(({ resolve }) => resolve()) };
}

describe('a connection that ends', () => {
  property(
    'is in no group, whatever its last calls and its hub add it to, and is counted by nobody',
    [fc.array(fc.tuple(joins, ends), { minLength: 1, maxLength: 4 }), fc.nat(3)],
    { runs: 150, sometimes: ['it was in the group before', 'it is added while it ends', 'others stay in the group'] },
    async (leavers, staying, reached) => {
      const { server, seen, context, goOn } = createServer();
      const stayers: Peer[] = [];
      for (let n = 0; n < staying; n++) {
        const peer = await server.connect({ id: `stays${n}` });
        peer.client.invoke('Join', ['red']);
        stayers.push(peer);
      }
      const leaving: Peer[] = [];
      for (const [n, [how]] of leavers.entries()) {
        const peer = await server.connect({ id: `leaves${n}` });
        if (how === 'before') peer.client.invoke('Join', ['red']);
        if (how === 'while it runs') peer.client.invoke('JoinLater', []);
        leaving.push(peer);
      }
      await server.settle();
      const names = stayers.map(({ id }) => id);
      reached(
        'it was in the group before',
        leavers.some(([how]) => how === 'before'),
      );
      reached(
        'it is added while it ends',
        leavers.some(([how]) => how !== 'before'),
      );
      reached('others stay in the group', staying > 0);
      for (const [n, peer] of leaving.entries()) {
        const [how, end] = leavers[n] as (typeof leavers)[number];
        if (how === 'in its last call') peer.client.invoke('JoinLater', []);
        end(peer);
        // From outside the hub, too, and at once.
        void context.groups.add(peer.id, 'red');
        void context.clients.client(peer.id).send('Heard', 'nobody');
        expect(await context.groups.members('red')).not.toContain(peer.id);
      }
      for (let n = 0; n < 3; n++) {
        goOn();
        await server.settle();
      }
      await server.pass(12_000);
      for (const { id } of leaving) {
        const { count, members, listed } = seen.get(id) as View;
        expect(members).not.toContain(id);
        expect(listed).not.toContain(id);
        expect(count).toBe(members.length);
        expect(members).toEqual(expect.arrayContaining(names));
      }
      for (const { client } of stayers)
        expect(client.calls('Heard').flat().sort()).toEqual(leaving.map(({ id }) => id));
      for (const { client } of leaving) expect(client.calls('Heard').flat()).not.toContain('nobody');
      expect(server.host.memberships.size).toBe(staying === 0 ? 0 : 1);
      for (const { client } of stayers) client.close();
      await server.settle();
      expect(server.leftovers()).toEqual(NOTHING_LEFT);
    },
  );

  property(
    'is an address for dead letters, for each message that is sent to it alone',
    [ends, fc.integer({ min: 1, max: 5 })],
    40,
    async (end, messages) => {
      const { server, context } = createServer();
      const peer = await server.connect({ id: 'leaves' });
      // A call that keeps the end waiting until the test lets it continue.
      peer.client.invoke('JoinLater', []);
      await server.settle();
      end(peer);
      const before = deadLettersOf(server);
      for (let n = 0; n < messages; n++) await context.clients.client('leaves').send('Heard', 'nobody');
      await server.settle();
      expect(deadLettersOf(server) - before).toBe(messages);
    },
  );
});

/** Number of messages to connections that do not exist. */
function deadLettersOf({ parts }: MemoryServer): number {
  const actor = [...parts.supervisor.refs()].find(({ id }) => id === 'dead-letters');
  if (actor === undefined) throw new Error('nobody counts dead letters');
  return (actor.getSnapshot() as { counts: Record<string, number> }).counts['unknown-connection'] ?? 0;
}
