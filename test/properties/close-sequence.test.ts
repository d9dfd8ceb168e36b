import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { abort, sessionOf } from '../support/sessions.ts';

/** A server whose connections record the order of events at their end. */
function createServer(connecting: Promise<void> | undefined = undefined) {
  const told: string[] = [];
  const gates: Deferred<void>[] = [];
  const hub = setupHub({}).createHub({
    methods: {
      Quick: method([any<number>()], (_hub, call) => {
        told.push(`call ${call}`);
      }),
      Gated: method([any<number>()], async (_hub, call) => {
        const gate = defer();
        gates.push(gate);
        await gate.promise;
        told.push(`call ${call}`);
      }),
      Watch: method([], (self) => {
        self.signal.addEventListener('abort', () => told.push('signal'));
      }),
      Join: method([any<string>()], (self, group) => self.groups.add(self.connectionId, group)),
    },
    onConnected: () => connecting,
    async onDisconnected(self) {
      const groups = await self.groups.members('red');
      const record = peers()[0]?.client.closeRecord === undefined ? 'no record' : 'record';
      told.push(`disconnected: ${record}, ${groups.length} in red, signal ${self.signal.aborted}`);
    },
  });
  const server: MemoryServer = new MemoryServer(hub);
  const peers = (): readonly Peer<unknown>[] => server.peers;
  return { server, told, end: () => gates.shift()?.resolve() };
}

const leaves = fc.constantFrom<(peer: Peer) => void>(
  ({ client }) => client.close(),
  ({ client }) => client.cut(),
  ({ client }) => client.sendClose(),
);
const call = fc.constantFrom('Quick' as const, 'Gated' as const);

describe('when a connection ends', () => {
  property(
    'because its client left, the messages that it had sent are handled before onDisconnected',
    [fc.array(call, { maxLength: 250, size: 'max' }), leaves],
    { runs: 60, sometimes: ['the end stands behind a full mailbox', 'the end has been read at once'] },
    async (calls, leave, reached) => {
      const { server, told, end } = createServer();
      const peer = await server.connect();
      // In one frame: everything that has arrived counts as sent, even where the mailbox had no room to parse it.
      peer.client.sendRecord(...calls.map((target, at) => ({ type: 1, target, arguments: [at] })));
      const isStuckBehindFullMailbox = peer.transport.isPaused;
      reached(isStuckBehindFullMailbox ? 'the end stands behind a full mailbox' : 'the end has been read at once');
      leave(peer);
      for (let count = 0; count <= calls.length; count++) {
        end();
        await server.settle();
      }
      const made = told.filter((what) => what.startsWith('call'));
      expect(made).toEqual(calls.map((_, at) => `call ${at}`));
      // A close frame behind a paused socket is read when there is room again.
      if (!isStuckBehindFullMailbox) expect(told.at(-1)).toMatch(/^disconnected/);
      expect(told.filter((what) => what.startsWith('disconnected'))).toHaveLength(1);
    },
  );

  property(
    'because the server ends it, what has not begun never will',
    [fc.integer({ min: 1, max: 150 })],
    30,
    async (calls) => {
      const { server, told, end } = createServer();
      const peer = await server.connect();
      peer.client.invoke('Gated', [0]);
      for (let at = 1; at < calls; at++) peer.client.invoke('Quick', [at]);
      abort(peer.connection);
      await server.settle();
      end();
      await server.settle();
      expect(told).toEqual(['call 0', 'disconnected: record, 0 in red, signal true']);
    },
  );

  test('the groups are left and the Close record is written, then signals fire, then onDisconnected runs', async () => {
    const { server, told } = createServer();
    const peer = await server.connect();
    peer.client.invoke('Join', ['red']);
    peer.client.invoke('Watch', []);
    await server.settle();
    abort(peer.connection);
    await server.settle();
    expect(told).toEqual(['signal', 'disconnected: record, 0 in red, signal true']);
    expect(peer.client.closeCode).toBe(1000);
    expect(server.host.memberships.size).toBe(0);
  });

  test('nothing is taken behind the Close record, also while the client may still read', async () => {
    const { server } = createServer();
    const peer = await server.connect();
    peer.client.answersClose = false;
    abort(peer.connection);
    await server.settle();
    expect(peer.isForgotten).toBe(false);
    expect(sessionOf(peer.connection).lane.isOpen).toBe(false);
    expect(peer.client.records.at(-1)).toBe(peer.client.closeRecord);
  });

  property(
    'no alarm outlives it, whatever is still found in its mailbox',
    [leaves, fc.array(fc.constantFrom('ping' as const, 'call' as const), { maxLength: 5 })],
    40,
    async (leave, queued) => {
      const connecting = defer();
      const { server } = createServer(connecting.promise);
      const peer = await server.connect();
      for (const kind of queued) {
        if (kind === 'ping') peer.client.ping();
        else peer.client.invoke('Quick', [0]);
      }
      leave(peer);
      await server.settle();
      // Its messages are read only now.
      connecting.resolve();
      await server.settle();
      peer.client.close();
      await server.settle();
      expect(peer.isForgotten).toBe(true);
      expect(server.leftovers()).toEqual(NOTHING_LEFT);
    },
  );
});
