import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { createServer } from '../../src/server.ts';
import { openRaw } from '../support/clients.ts';
import { property } from '../support/property.ts';
import type { RawClient } from '../support/raw-client.ts';
import { any } from '../support/schemas.ts';
import { Opcode } from '../support/websocket-frames.ts';
import {
  type Address,
  callerAddress,
  expectedReceivers,
  fixed,
  GROUPS,
  receivers,
  type TestClient,
} from './addresses.ts';

const PARTICIPANTS = 3;

interface SocketParticipant {
  readonly key: number;
  readonly id: string;
  readonly user: string;
  readonly isReachable: true;
  readonly groups: ReadonlySet<string>;
  readonly due: number[];
  departures: number;
}

/** A server on a port, a hub whose participants receive each other's messages, and one client for each participant. */
async function gather(groupsOf: readonly (readonly string[])[]) {
  const participants: SocketParticipant[] = [];
  let sent = 0;
  const participantOf = (hub: { readonly connectionId: string }) =>
    participants.find(({ id }) => id === hub.connectionId) as SocketParticipant;
  const hub = setupHub({ client: {} as TestClient }).createHub({
    methods: {
      Say: method([any<readonly Address[]>()], async (self, addresses) => {
        const from = participantOf(self);
        const ids = participants.map(({ id }) => id);
        for (const one of addresses) {
          const address = fixed(one, participants.length);
          for (const participant of expectedReceivers(address, from, participants)) participant.due.push(sent);
          await receivers(self.clients, address, ids).send('Heard', sent++, 'x'.repeat(sent % 300));
        }
      }),
      Abort: method([], (self) => self.abort()),
      Echo: method([], () => 'echo'),
    },
    async onConnected(self) {
      const key = participants.length;
      const groups = new Set(groupsOf[key]);
      participants.push({ key, id: self.connectionId, user: '', isReachable: true, groups, due: [], departures: 0 });
      for (const group of groups) await self.groups.add(self.connectionId, group);
    },
    onDisconnected(self) {
      participantOf(self).departures += 1;
    },
  });
  const server = createServer({ hubs: { '/hub': hub }, logLevel: 'silent' });
  const { port } = await server.listen({ port: 0 });
  const clients: RawClient[] = [];
  for (let count = 0; count < PARTICIPANTS; count++) clients.push(await openRaw(port));
  return { server, participants, clients };
}

const heardBy = (client: RawClient) => client.callsOf('Heard').map(([number]) => number);

const memberships = fc.array(fc.subarray([...GROUPS]), { minLength: PARTICIPANTS, maxLength: PARTICIPANTS });
const said = fc.array(fc.tuple(fc.nat(PARTICIPANTS - 1), fc.array(callerAddress, { minLength: 1, maxLength: 8 })), {
  maxLength: 25,
  size: 'max',
});

type Ending = (client: RawClient) => unknown;
/** The connection stays until the server is closed. */
const nothing: Ending = () => undefined;
const ending: fc.Arbitrary<Ending> = fc.constantFrom<Ending>(
  (client) => client.frame(Opcode.close, Buffer.of(0x03, 0xe8)),
  (client) => client.reset(),
  ({ socket }) => socket.end(),
  (client) => client.text('}{\x1e'),
  (client) => client.text('x'.repeat(40_000)),
  (client) => client.send({ type: 7 }),
  (client) => client.invoke('Abort'),
  nothing,
);

describe('over real sockets', () => {
  property(
    'every client reads every message that was meant for it, in the order in which they were sent',
    [memberships, said],
    { runs: 20, sometimes: ['several messages are heard'] },
    async (groupsOf, calls, reached) => {
      const { server, participants, clients } = await gather(groupsOf);
      await Promise.all(calls.map(([participant, addresses]) => clients[participant]?.invoke('Say', addresses)));
      // The answer arrives after everything that was routed before.
      await Promise.all(clients.map((client) => client.invoke('Echo')));
      reached(
        'several messages are heard',
        clients.some((client) => heardBy(client).length > 1),
      );
      for (const [key, client] of clients.entries()) expect(heardBy(client)).toEqual(participants[key]?.due);
      await server.close({ drainMs: 0 });
    },
  );

  property(
    'every connection ends once, however it ends, and the server with the last of them',
    [memberships, said, fc.boolean(), fc.array(ending, { minLength: PARTICIPANTS, maxLength: PARTICIPANTS })],
    {
      runs: 20,
      sometimes: ['a message is heard'],
      examples: [[[[], [], []], [[0, [{ to: 'all' }]]], true, [nothing, nothing, nothing]]],
    },
    async (groupsOf, calls, waits, endings, reached) => {
      const { server, participants, clients } = await gather(groupsOf);
      for (const [participant, addresses] of calls) clients[participant]?.invoke('Say', addresses);
      // The end comes behind the messages, or in the middle of them.
      if (waits) await Promise.all(clients.map((client) => client.invoke('Echo')));
      for (const [key, end] of endings.entries()) end(clients[key] as RawClient);
      await server.close({ drainMs: 100 });
      await Promise.all(clients.map(({ ended }) => ended));
      expect(participants.map(({ departures }) => departures)).toEqual(new Array(PARTICIPANTS).fill(1));
      expect([...server.connections()]).toEqual([]);
      for (const [key, client] of clients.entries()) {
        const heard = heardBy(client);
        reached('a message is heard', heard.length > 0);
        expect(heard).toEqual(participants[key]?.due.slice(0, heard.length));
      }
    },
  );
});
