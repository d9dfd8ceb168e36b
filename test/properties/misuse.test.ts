import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';

type Ways = 'client' | 'clients' | 'allExcept' | 'group' | 'groups' | 'groupExcept' | 'user' | 'users';

/** What types forbid and plain JavaScript, or a value from a client, does all the same. */
type Careless = Record<Ways, (...names: unknown[]) => { send(method: unknown, ...args: unknown[]): Promise<void> }>;

const noName = fc.constantFrom<unknown>(undefined, null, '', 5, 1n, {}, ['Heard'], Symbol('Heard'), () => 'Heard');

async function createServer() {
  const server = new MemoryServer(setupHub({}).createHub({ methods: {} }));
  const peer = await server.connect();
  const careless = server.host.hub.context.clients as unknown as Careless;
  return { server, peer, careless };
}

/** The text of the error with which a promise rejected. */
const refusal = (sent: Promise<void>) => sent.then(() => 'sent', String);

describe('a send that is nonsense rejects, and reaches nobody', () => {
  property('when it names no method of the client', [noName], 20, async (name) => {
    const { server, peer, careless } = await createServer();
    expect(await refusal(careless.allExcept([]).send(name, 1))).toMatch(/Error: /);
    await server.settle();
    // Only the answer to the handshake; an invocation without a name would make every client hang up.
    expect(peer.client.records).toEqual([{}]);
  });

  property(
    'when it names no receiver',
    [
      fc.constantFrom<Ways>('client', 'clients', 'allExcept', 'group', 'groups', 'groupExcept', 'user', 'users'),
      noName,
    ],
    60,
    async (way, name) => {
      const { server, peer, careless } = await createServer();
      const isList = ['clients', 'allExcept', 'groups', 'users'].includes(way);
      const receivers = careless[way](isList ? [name] : name, []);
      expect(await refusal(receivers.send('Heard', 1))).toMatch(/^TypeError: .* must /);
      await server.settle();
      expect(peer.client.records).toEqual([{}]);
    },
  );
});
