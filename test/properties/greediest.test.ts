import fc from 'fast-check';
import { expect } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { TRANSPORT_NAMES } from '../../src/protocol/negotiate.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { sessionOf } from '../support/sessions.ts';
import type { TestClient } from './addresses.ts';

const slowConsumer = { highWaterBytes: 200, limitBytes: 4_000, limitMessages: 30, graceMs: 0, stallMs: 60_000 };

/** A room in which every member may send to every member, and flood. */
function createRoom(policy: 'dropGreediest' | 'disconnect', bySend: boolean): MemoryServer {
  const hub = setupHub({ client: {} as TestClient }).createHub({
    options: { slowConsumer: { ...slowConsumer, policy }, statefulReconnectBufferBytes: 300 },
    methods: {
      Say: method([any<number>(), any<string>()], async (self, number, text) => {
        const { others } = self.clients;
        await (bySend ? others.with({ policy: 'dropGreediest' }) : others).send('Heard', number, text);
      }),
    },
  });
  return new MemoryServer(hub);
}

property(
  'a member who floods ends nobody: who does not read stays, over every transport, and gets what the others say, in order',
  [
    fc.constantFrom(...TRANSPORT_NAMES, 'Returning' as const),
    // By the hub's policy, or by the policy of each message.
    fc.boolean(),
    // Numbers of messages of the flood between two messages of the modest member.
    fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }),
    fc.integer({ min: 0, max: 300 }),
    fc.boolean(),
  ],
  {
    runs: 150,
    sometimes: [
      'messages are dropped by the policy of the hub',
      'messages are dropped by their own policy',
      'a client with stateful reconnect loses messages',
      'nothing is dropped',
    ],
    examples: [['Returning', false, [40, 40], 0, true]],
  },
  async (over, bySend, floods, ballast, reads, reached) => {
    const server = createRoom(bySend ? 'disconnect' : 'dropGreediest', bySend);
    const reader = over === 'Returning' ? server.openReturning({ isMute: true }) : server.openOver(over);
    reader.client.handshake();
    const [modest, flooder] = [await server.connect(), await server.connect()];
    if (over !== 'Returning' || reads) reader.client.stall();
    let number = 0;
    const hellos: number[] = [];
    for (const many of floods) {
      for (let n = 0; n < many; n++) flooder.client.invoke('Say', [-1, 'x'.repeat(ballast)]);
      await server.settle();
      hellos.push(number);
      modest.client.invoke('Say', [number, '']);
      number += 1;
      await server.settle();
    }
    const { lane } = sessionOf(reader.connection);
    expect(lane.isOpen).toBe(true);
    const { accepted, delivered, dropped, queued, droppedBy } = lane.ledger.figures();
    expect(accepted).toBe(delivered + dropped + queued);
    reached('nothing is dropped', dropped === 0);
    reached(
      bySend ? 'messages are dropped by their own policy' : 'messages are dropped by the policy of the hub',
      dropped > 0,
    );
    reached('a client with stateful reconnect loses messages', dropped > 0 && over === 'Returning');
    expect(droppedBy).toEqual(dropped > 0 ? { policy: dropped } : {});
    reader.client.flow();
    await server.settle();
    if (over === 'Returning') lane.close(undefined);
    await server.settle();
    const heard = reader.client.calls('Heard').map(([n]) => n as number);
    expect(heard.filter((n) => n >= 0)).toEqual(hellos);
  },
);
