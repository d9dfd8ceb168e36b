import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../src/errors.ts';
import { method } from '../../src/hub/method.ts';
import type { Moderator } from '../../src/hub/moderator.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { moderated } from '../support/moderated.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import type { TestClient } from './addresses.ts';

type Way = 'broadcast' | 'whisper';

/** A server with a moderator of both outboxes that holds the messages of some senders until `release`. */
async function holding(isHeld: (id: string | undefined) => boolean) {
  const gate: Deferred<undefined> = defer();
  const sends: Promise<unknown>[] = [];
  const plain = setupHub({ client: {} as TestClient }).createHub({
    methods: {
      Say: method([any<number>(), any<Way>()], (self, number, way) => {
        const { clients } = self;
        // Both reach all clients, in different ways.
        const receivers = way === 'broadcast' ? clients.all : clients.clients(ids());
        sends.push(receivers.send('Heard', number, ''));
      }),
    },
  });
  const moderator: Moderator = ({ sender }) => (isHeld(sender.connectionId) ? gate.promise : undefined);
  const server = new MemoryServer(moderated(plain, [moderator]));
  const ids = () => server.peers.map(({ id }) => id);
  const release = async () => {
    gate.resolve(undefined);
    await server.settle();
  };
  return { server, sends, release };
}

const heard = ({ client }: Peer<unknown>) => client.calls('Heard').map(([number]) => number);
const say = ({ client }: Peer<unknown>, number: number, way: Way) => client.invoke('Say', [number, way]);

describe('a sender whose message is held back', () => {
  property(
    'keeps its later messages waiting, on both ways, and nobody else',
    [
      fc.array(fc.tuple(fc.nat(3), fc.constantFrom<Way>('broadcast', 'whisper')), { maxLength: 40, size: 'max' }),
      fc.subarray([0, 1, 2, 3]),
    ],
    { runs: 200, sometimes: ['a message is held', 'a message of another passes it'] },
    async (messages, held, reached) => {
      const { server, release } = await holding((id) => held.includes(Number(id?.slice(1))));
      for (let count = 0; count < 4; count++) await server.connect();
      for (const [number, [sender, way]] of messages.entries()) say(server.peers[sender] as Peer<unknown>, number, way);
      await server.settle();
      const isHeld = (number: number) => held.includes(messages[number]?.[0] as number);
      const numbers = messages.map((_, number) => number);
      const heldNumbers = numbers.filter(isHeld);
      reached('a message is held', heldNumbers.length > 0);
      reached(
        'a message of another passes it',
        numbers.some((number) => !isHeld(number) && number > Math.min(...heldNumbers)),
      );
      for (const peer of server.peers) expect(heard(peer)).toEqual(numbers.filter((number) => !isHeld(number)));
      await release();
      for (const peer of server.peers) {
        for (const sender of [0, 1, 2, 3]) {
          const ofSender = (number: unknown) => messages[number as number]?.[0] === sender;
          expect(heard(peer).filter(ofSender)).toEqual(numbers.filter(ofSender));
        }
      }
    },
  );

  property(
    'can have a hundred of them; each one more is refused, and its promise rejects',
    [fc.integer({ min: 90, max: 130 }), fc.constantFrom<Way>('broadcast', 'whisper')],
    {
      runs: 15,
      sometimes: ['one is refused', 'none is refused'],
      examples: [
        [101, 'broadcast'],
        [101, 'whisper'],
        [100, 'broadcast'],
      ],
    },
    async (count, way, reached) => {
      const { server, sends, release } = await holding((id) => id === 'c0');
      const [sender, other] = [await server.connect(), await server.connect()];
      for (let number = 0; number < count; number++) say(sender, number, way);
      await server.settle();
      const { host } = server;
      expect(host[way].depth).toBe(Math.min(count, 100));
      const beyond = Math.max(0, count - 100);
      expect(host[way].ledger.figures()).toMatchObject({
        accepted: count,
        droppedBy: beyond > 0 ? { 'sender-full': beyond } : {},
      });
      say(other, 1_000, way);
      await server.settle();
      expect(heard(other)).toEqual([1_000]);
      await release();
      const outcomes = await Promise.allSettled(sends.slice(0, count));
      const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
      expect(refusals).toHaveLength(beyond);
      reached(refusals.length > 0 ? 'one is refused' : 'none is refused');
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(RefusedError);
      expect(heard(other)).toEqual([1_000, ...Array.from({ length: Math.min(count, 100) }, (_, number) => number)]);
      expect(server.leftovers()).toMatchObject({ senders: 0, heldBroadcasts: 0, heldWhispers: 0 });
    },
  );

  test('shares ten thousand places of an outbox with the others', async () => {
    const { server, sends, release } = await holding(() => true);
    for (let count = 0; count < 102; count++) await server.connect();
    for (const peer of server.peers) for (let number = 0; number < 100; number++) say(peer, number, 'broadcast');
    await server.settle();
    expect(server.host.broadcast.depth).toBe(10_000);
    expect(server.host.broadcast.ledger.figures()).toMatchObject({ accepted: 10_200, droppedBy: { full: 200 } });
    // The other outbox has places of its own.
    say(server.peers[101] as Peer<unknown>, 0, 'whisper');
    await server.settle();
    expect(server.host.whisper.depth).toBe(1);
    await release();
    const outcomes = await Promise.allSettled(sends);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(200);
    const closed = server.parts.close({ drainMs: 0 });
    await server.pass(100);
    await closed;
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('gets to know what became of them, although the server has closed meanwhile', async () => {
    const hub = setupHub({ client: {} as TestClient }).createHub({ methods: {} });
    const server = new MemoryServer(hub, { hubOptions: { outboxes: { broadcast: { rate: { perSecond: 1 } } } } });
    const { clients } = server.parts.context(hub);
    const sends = [1, 2, 3].map((number) => clients.all.send('Heard', number, ''));
    const closed = server.parts.close({ drainMs: 0 });
    await server.pass(100);
    await closed;
    await Promise.all(sends);
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });
});
