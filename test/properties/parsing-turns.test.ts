import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECORDS_PER_TURN } from '../../src/connection/mailbox/parsing-share.ts';
import { method, setupHub } from '../../src/index.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';

const CONNECTION_MS = 2;
const ALL_MS = 20;

/** A server whose hub records the calls, and whose calls may take time. */
function countingServer() {
  const calls: (readonly [string, number])[] = [];
  const costs = { ms: 0 };
  const hub = setupHub({}).createHub({
    methods: {
      Count: method([any<number>()], ({ connectionId }, number) => {
        server.clock.increment(costs.ms);
        calls.push([connectionId, number]);
      }),
    },
  });
  const server = new MemoryServer(hub);
  const numbersOf = ({ id }: Peer) => calls.filter(([of]) => of === id).map(([, number]) => number);
  return { server, calls, costs, numbersOf };
}

const ascending = (count: number) => Array.from({ length: count }, (_, number) => number);
const record = (number: number, kind: string) =>
  kind === 'call' ? { type: 1, target: 'Count', arguments: [number] } : kind === 'ping' ? { type: 6 } : { type: 77 };

/** Records of one kind, by the thousand or one by one. */
const talk = fc.array(
  fc.record({ kind: fc.constantFrom('call', 'ping', 'unknown'), count: fc.constantFrom(1, 3, 199, 200, 201, 1_000) }),
  { minLength: 1, maxLength: 5 },
);
const endings = ['stays', 'closes', 'is cut'] as const;

function send(peer: Peer, sent: { calls: number }, kind: string, count: number): void {
  const records = Array.from({ length: count }, (_, at) => record(sent.calls + at, kind));
  if (kind === 'call') sent.calls += count;
  peer.client.sendRecord(...records);
}

describe('what has arrived of many clients', () => {
  property(
    'is parsed whole and in its order, at most so much of one client in a turn, also of clients that have left',
    [fc.array(fc.tuple(talk, fc.constantFrom(...endings)), { minLength: 1, maxLength: 4 })],
    {
      runs: 60,
      sometimes: ['a client takes several turns', 'a client is cut before all is read', 'a client has left'],
      examples: [
        [
          [
            [
              [
                { kind: 'call', count: 1_000 },
                { kind: 'call', count: 1_000 },
              ],
              'is cut',
            ],
          ],
        ],
      ],
    },
    async (talks, reached) => {
      const { server, numbersOf } = countingServer();
      const peers = await Promise.all(talks.map(() => server.connect()));
      const sent = talks.map(() => ({ calls: 0 }));
      for (const [at, [bursts, ending]] of talks.entries()) {
        const peer = peers[at] as Peer;
        for (const { kind, count } of bursts) send(peer, sent[at] as { calls: number }, kind, count);
        if (ending === 'closes') peer.client.close();
        else if (ending === 'is cut') peer.client.cut();
      }
      const received = () => peers.map(({ connection }) => connection.session?.mailbox.received ?? 0);
      for (let before = received(); await server.turn(); before = received()) {
        reached(
          'a client takes several turns',
          before.some((count, at) => count > RECORDS_PER_TURN && count < (received()[at] as number)),
        );
        // One turn of parsing may end, and the next begin, within one turn of the loop.
        for (const [at, now] of received().entries())
          expect(now - (before[at] as number)).toBeLessThanOrEqual(2 * RECORDS_PER_TURN);
      }
      await server.settle();
      for (const [at, peer] of peers.entries()) {
        // A cut connection has lost what the server had not read from its socket yet.
        const numbers = numbersOf(peer);
        reached('a client has left', talks[at]?.[1] === 'closes' && numbers.length > 0);
        reached(
          'a client is cut before all is read',
          talks[at]?.[1] === 'is cut' && numbers.length < (sent[at]?.calls as number),
        );
        if (talks[at]?.[1] === 'is cut') expect(numbers).toEqual(ascending(numbers.length));
        else expect(numbers).toEqual(ascending(sent[at]?.calls as number));
      }
      for (const { client } of peers) client.close();
      await server.settle();
      await server.pass(1_000);
      expect(server.leftovers()).toEqual(NOTHING_LEFT);
    },
  );

  test('takes no more of a turn than its time, and everybody has their turn in the order in which they began to wait', async () => {
    const { server, calls, costs } = countingServer();
    const peers = await Promise.all(ascending(30).map(() => server.connect()));
    costs.ms = 0.5;
    for (const { client } of peers) client.sendRecord(...ascending(40).map((number) => record(number, 'call')));
    const turns: (readonly string[])[] = [];
    for (let before = calls.length; await server.turn(); before = calls.length) {
      turns.push(calls.slice(before).map(([id]) => id));
    }
    expect(calls.length).toBe(30 * 40);
    for (const turn of turns) {
      // The clock is read only now and then, so a few more records may pass.
      expect(turn.length * costs.ms).toBeLessThanOrEqual(ALL_MS + 8);
      for (const { id } of peers)
        expect(turn.filter((one) => one === id).length * costs.ms).toBeLessThanOrEqual(CONNECTION_MS + 8);
    }
    // No client is a whole round behind another.
    const halfway = calls.slice(0, calls.length / 2).map(([id]) => id);
    for (const { id } of peers) expect(halfway).toContain(id);
  });

  test('is parsed to its end when its client has lost the line meanwhile', async () => {
    const { server, numbersOf } = countingServer();
    const peer = await server.connect();
    peer.client.sendRecord(...ascending(1_000).map((number) => record(number, 'call')));
    peer.client.cut();
    await server.settle();
    expect(numbersOf(peer)).toEqual(ascending(1_000));
  });

  test('waits with its socket paused, and its silence is ours', async () => {
    const held: (() => void)[] = [];
    const hub = setupHub({}).createHub({ methods: {} });
    const server = new MemoryServer(hub, { nextTurn: (run) => held.push(run), hubOptions: { clientTimeoutMs: 1_000 } });
    const peer = await server.connect();
    const release = async () => {
      for (const run of held.splice(0)) run();
      await server.settle();
    };
    await release();
    peer.client.sendRecord(...Array.from({ length: RECORDS_PER_TURN + 1 }, () => ({ type: 6 })));
    expect(peer.transport.isPaused).toBe(true);
    await server.pass(5_000);
    expect(peer.connection.isClosing).toBe(false);
    await release();
    expect(peer.transport.isPaused).toBe(false);
    await server.pass(5_000);
    expect(peer.connection.isClosing).toBe(true);
  });
});
