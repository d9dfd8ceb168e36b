import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { HubError } from '../../src/errors.ts';
import type { Moderator } from '../../src/hub/moderator.ts';
import { setupHub } from '../../src/index.ts';
import type { Codec } from '../../src/protocol/codec.ts';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import { MessageType } from '../../src/protocol/messages.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer, type Peer } from '../support/memory-server.ts';
import { moderated } from '../support/moderated.ts';
import { property } from '../support/property.ts';

interface Listener {
  Heard(number: number, list: readonly number[]): void;
}

/** Counts how often each protocol has written a call of a client. */
class Writes {
  readonly #spies = new Map<ProtocolName, ReturnType<typeof spyOn>>();

  constructor() {
    for (const codec of [jsonCodec, messagePackCodec]) this.#spies.set(codec.name, spyOn(codec));
  }

  since(): Readonly<Record<ProtocolName, number>> {
    const count = (name: ProtocolName) => {
      const spy = this.#spies.get(name) as ReturnType<typeof spyOn>;
      const calls = spy.mock.calls.filter(([{ type }]) => type === MessageType.Invocation).length;
      spy.mockClear();
      return calls;
    };
    return { json: count('json'), messagepack: count('messagepack') };
  }
}

const spyOn = (codec: Codec) => vi.spyOn(codec, 'write');
afterEach(() => vi.restoreAllMocks());

const protocol = fc.constantFrom<ProtocolName>('json', 'messagepack');
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ connect: protocol }) },
  { weight: 2, arbitrary: fc.record({ leave: fc.nat() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      send: fc.constantFrom('all', 'group', 'one', 'nobody'),
      to: fc.nat(),
      isHeld: fc.boolean(),
    }),
  },
);

/** A server with one hub, whose messages are delivered at once or held until they are released. */
class ModeratedServer {
  readonly server: MemoryServer;
  readonly present: Peer[] = [];
  readonly writes = new Writes();
  readonly #moderator: Moderator = () =>
    this.isHolding ? new Promise((resolve) => this.#waiting.push(() => resolve(undefined))) : undefined;
  readonly #hub;
  readonly #plain = setupHub({ client: {} as Listener }).createHub({
    methods: {},
    onConnected: (hub) => hub.groups.add(hub.connectionId, 'everybody'),
  });
  readonly #waiting: (() => void)[] = [];
  isHolding = false;

  /** @param isModerated Whether there is a moderator, which holds messages while `isHolding`. */
  constructor(isModerated = true) {
    this.#hub = moderated(this.#plain, isModerated ? [this.#moderator] : []);
    this.server = new MemoryServer(this.#hub);
  }

  get clients() {
    return this.server.parts.context(this.#hub).clients;
  }

  async connect(name: ProtocolName): Promise<Peer> {
    const peer = this.server.open();
    peer.client.protocol = clientProtocol(name);
    peer.client.handshake();
    await this.server.settle();
    this.present.push(peer);
    return peer;
  }

  async release(): Promise<void> {
    for (const go of this.#waiting.splice(0)) go();
    await this.server.settle();
  }

  speaks(name: ProtocolName): boolean {
    return this.present.some(({ client }) => client.protocol.name === name);
  }
}

describe('a message to clients of both protocols', () => {
  property(
    'is written once for each protocol that somebody speaks, and never for another',
    [fc.array(action, { minLength: 1, maxLength: 20, size: 'max' }), fc.boolean()],
    {
      runs: 250,
      sometimes: [
        'one is held',
        'both protocols are spoken',
        'one protocol is spoken',
        'nobody hears it',
        'only one client hears it',
      ],
    },
    async (actions, isModerated, reached) => {
      const moderated = new ModeratedServer(isModerated);
      const { server, writes, present } = moderated;
      const heard = new Map<Peer<unknown>, number[]>();
      const hears = (peers: readonly Peer[], number: number) => {
        for (const peer of peers) heard.set(peer, [...(heard.get(peer) ?? []), number]);
      };
      for (const [number, step] of actions.entries()) {
        if ('connect' in step) await moderated.connect(step.connect);
        else if ('leave' in step) {
          const [peer] = present.splice(step.leave % Math.max(1, present.length), 1);
          peer?.client.close();
          await server.settle();
        } else {
          const one = present[step.to % Math.max(1, present.length)];
          const isToOne = step.send === 'one' && one !== undefined;
          const receivers = step.send === 'nobody' ? [] : isToOne ? [one] : [...present];
          moderated.isHolding = step.isHeld;
          writes.since();
          const list = [1];
          const target = {
            all: moderated.clients.all,
            group: moderated.clients.group('everybody'),
            nobody: moderated.clients.client('nobody'),
          };
          const sent = (
            isToOne ? moderated.clients.client(one.id) : target[step.send === 'one' ? 'all' : step.send]
          ).send('Heard', number, list);
          // Changes of the sender to its arguments have no effect from now on.
          list.push(2);
          // A moderator may hold it: then it is for all protocols that its receivers may have when it is let pass.
          const mayGet = (name: ProtocolName) => (isToOne ? one.client.protocol.name === name : true);
          if (isModerated && step.isHeld) {
            reached('one is held');
            // Clients that connect meanwhile get it too, unless it was not addressed to them.
            const newcomers = [await moderated.connect('json'), await moderated.connect('messagepack')];
            if (step.send === 'all' || step.send === 'group' || (step.send === 'one' && !isToOne))
              receivers.push(...newcomers);
            expect(writes.since()).toEqual({
              json: Number(mayGet('json')),
              messagepack: Number(mayGet('messagepack')),
            });
            await moderated.release();
          } else {
            const spoken = (name: ProtocolName) =>
              isToOne ? one.client.protocol.name === name : moderated.speaks(name);
            const isSilent = !spoken('json') && !spoken('messagepack');
            reached('nobody hears it', isSilent);
            reached('both protocols are spoken', spoken('json') && spoken('messagepack'));
            reached('one protocol is spoken', spoken('json') !== spoken('messagepack'));
            reached('only one client hears it', isToOne);
            // Some protocol has to encode it to check that it can be written at all.
            expect(writes.since()).toEqual({
              json: Number(isModerated ? mayGet('json') : spoken('json') || isSilent),
              messagepack: Number(isModerated ? mayGet('messagepack') : spoken('messagepack')),
            });
          }
          await sent;
          await server.settle();
          expect(writes.since()).toEqual({ json: 0, messagepack: 0 });
          hears(receivers, number);
        }
      }
      for (const peer of server.peers) {
        expect(peer.client.calls('Heard')).toEqual((heard.get(peer) ?? []).map((number) => [number, [1]]));
      }
    },
  );

  test('is framed once for each protocol, however they stand mixed', async () => {
    const moderated = new ModeratedServer();
    for (let n = 0; n < 6; n++) await moderated.connect(n % 2 === 0 ? 'json' : 'messagepack');
    await moderated.clients.all.send('Heard', 1, []);
    await moderated.clients.all.send('Heard', 2, []);
    await moderated.server.settle();
    const frames = moderated.present.map(({ transport }) => transport.frames.at(-1));
    expect(new Set(frames).size).toBe(2);
    expect(frames.map((frame) => frame?.[0])).toEqual([0x81, 0x82, 0x81, 0x82, 0x81, 0x82]);
  });

  test('is refused at its sender, whoever is there', async () => {
    const bad = (() => 1) as unknown as number;
    for (const names of [[], ['json'], ['messagepack'], ['json', 'messagepack']] as const) {
      const moderated = new ModeratedServer();
      for (const name of names) await moderated.connect(name);
      for (const isHeld of [false, true]) {
        moderated.isHolding = isHeld;
        await expect(moderated.clients.all.send('Heard', bad, [])).rejects.toThrow('cannot be written');
      }
    }
  });

  test('whose second writing fails is refused, and nothing of it stays', async () => {
    const moderated = new ModeratedServer();
    await moderated.connect('json');
    moderated.isHolding = true;
    let asked = 0;
    const fickle = {
      get value() {
        asked += 1;
        // JSON looks at it twice.
        if (asked > 2) throw new HubError('not again');
        return 1;
      },
    };
    await expect(moderated.clients.all.send('Heard', fickle as unknown as number, [])).rejects.toThrow(
      'cannot be written',
    );
    await moderated.release();
    expect(moderated.server.leftovers()).toMatchObject({ senders: 0, heldBroadcasts: 0 });
    moderated.isHolding = false;
    await moderated.clients.all.send('Heard', 7, []);
    await moderated.server.settle();
    expect(moderated.present[0]?.client.calls('Heard')).toEqual([[7, []]]);
  });
});
