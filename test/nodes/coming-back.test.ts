// Stateful reconnect, with messages that come from another node.
import fc from 'fast-check';
import { expect } from 'vitest';
import { newConnectionId, tagOfBoot } from '../../src/ids.ts';
import { setupHub } from '../../src/index.ts';
import { MemoryNodes } from '../support/memory-nodes.ts';
import { property } from '../support/property.ts';
import type { ReturningClient } from '../support/returning-client.ts';

interface Client {
  Heard(text: string): void;
}

const hubOf = () => setupHub({ client: {} as Client }).createHub({ methods: {} });
const steps = fc.array(fc.constantFrom('all', 'group', 'user', 'client', 'cut', 'return', 'settle'), {
  maxLength: 60,
  size: 'max',
});

property(
  'a client that comes back has every message of another node once, in its order, whatever it was addressed to',
  [steps],
  { runs: 100, sometimes: ['something is sent while it is away'] },
  async (todo, reached) => {
    const hubs = [hubOf(), hubOf()];
    const nodes = await MemoryNodes.linked(2, (at) => hubs[at] as ReturnType<typeof hubOf>, {
      hubOptions: { allowStatefulReconnects: true },
    });
    const { server } = nodes.at(1);
    const id = newConnectionId(tagOfBoot(server.parts.bootId));
    const peer = server.openReturning({ id, user: { id: 'ann', roles: [] } });
    peer.client.handshake();
    await nodes.settle();
    const { clients, groups } = nodes.at(0).server.parts.context(hubs[0] as ReturnType<typeof hubOf>);
    const joined = groups.add(id, 'room');
    await nodes.settle();
    await joined;
    const ways = {
      all: clients.all,
      group: clients.group('room'),
      user: clients.user('ann'),
      client: clients.client(id),
    };
    const sent: string[] = [];
    let isAway = false;
    for (const step of [...todo, 'return', 'settle']) {
      if (step === 'cut') {
        if (!isAway) peer.client.cut();
        isAway = true;
      } else if (step === 'return') {
        if (isAway) isAway = !server.comeBack(peer);
      } else if (step in ways) {
        reached('something is sent while it is away', isAway);
        sent.push(`${sent.length}`);
        void ways[step as keyof typeof ways].send('Heard', sent.at(-1) as string);
      }
      if (step === 'settle' || step === 'cut') await nodes.settle();
    }
    await nodes.settle();
    const records = peer.client.records as readonly { target?: string; arguments?: readonly unknown[] }[];
    const heard = records.filter(({ target }) => target === 'Heard').map((record) => record.arguments?.[0]);
    expect(heard).toEqual(sent);
    expect((peer.client as ReturningClient).faults).toEqual([]);
  },
);
