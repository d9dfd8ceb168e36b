import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EndedIds, MAXIMUM_UNKNOWN_IDS } from '../../src/connection/calls/ended-ids.ts';
import { method, setupHub, stream } from '../../src/index.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import { TRANSPORT_NAMES } from '../../src/protocol/negotiate.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';

const REMEMBERED = 200;
const MANY = 5_000;

function createServer() {
  const ends: CloseReason[] = [];
  const hub = setupHub({ client: {} as { Sure(): boolean } }).createHub({
    methods: {
      Echo: method([any()], (_hub, value) => value),
      Upload: method([any()], { upload: [any()] }, () => 'enough'),
      Numbers: stream([], async function* () {
        yield 1;
      }),
      Ask: method([], async (hub) => {
        const options = { timeoutMs: 1_000 };
        return hub.clients
          .client(hub.connectionId)
          .with(options)
          .invoke('Sure')
          .catch(() => 'no answer');
      }),
    },
    onDisconnected: (_hub, reason) => void ends.push(reason),
  });
  const server = new MemoryServer(hub, { hubOptions: { maximumParallelInvocationsPerClient: 2 } });
  return { server, ends };
}

/** Records that refer to an id. */
const mentions = {
  item: (id: string) => ({ type: 2, invocationId: id, item: 1 }),
  end: (id: string) => ({ type: 3, invocationId: id }),
  answer: (id: string) => ({ type: 3, invocationId: id, result: 1 }),
  cancel: (id: string) => ({ type: 5, invocationId: id }),
};
const mention = fc.constantFrom(...Object.values(mentions));

describe('a client that speaks of ids', () => {
  property(
    'that it never had is sent away at the hundredth, however it does so, and not before',
    [
      fc.constantFrom(...TRANSPORT_NAMES),
      fc.constantFrom(1, 98, 99, 100, 101, 1_000),
      fc.array(fc.tuple(mention, fc.string({ maxLength: 200 })), { minLength: 1, maxLength: 10 }),
    ],
    { runs: 60, sometimes: ['it is sent away', 'it stays'] },
    async (over, count, said, reached) => {
      const { server, ends } = createServer();
      const { client } = server.openOver(over);
      client.handshake();
      await server.settle();
      const all = Array.from({ length: count }, (_, at) => said[at % said.length] as (typeof said)[number]);
      client.sendRecord(...all.map(([how, id]) => how(`never ${id}`)));
      await server.settle();
      expect(ends.map(({ name }) => name)).toEqual(count < MAXIMUM_UNKNOWN_IDS ? [] : ['protocol-error']);
      reached(ends.length > 0 ? 'it is sent away' : 'it stays');
      if (ends.length > 0) expect(ends[0]?.text).toContain('100');
    },
  );

  /**
   * Things that a call, a stream, an upload or a client result leaves behind: each begins something and resolves with
   * its id.
   */
  const pasts: Readonly<
    Record<string, (server: MemoryServer, send: (...records: object[]) => void) => Promise<string>>
  > = {
    'an answered call': async (server, send) => {
      send({ type: 1, target: 'Echo', arguments: [1], invocationId: 'past' });
      await server.settle();
      return 'past';
    },
    'a refused call': async (server, send) => {
      send({ type: 1, target: 'Missing', arguments: [], invocationId: 'past' });
      await server.settle();
      return 'past';
    },
    'a stream that has ended': async (server, send) => {
      send({ type: 4, target: 'Numbers', arguments: [], invocationId: 'past' });
      await server.settle();
      return 'past';
    },
    'an upload whose method is done': async (server, send) => {
      send({ type: 1, target: 'Upload', arguments: [1], streamIds: ['past'] });
      await server.settle();
      return 'past';
    },
    'an upload behind a refused call': async (server, send) => {
      send({ type: 1, target: 'Missing', arguments: [], streamIds: ['past'] });
      await server.settle();
      return 'past';
    },
    'an upload behind a call with wrong arguments': async (server, send) => {
      send({ type: 1, target: 'Upload', arguments: [], streamIds: ['past', 'other'], invocationId: '1' });
      await server.settle();
      return 'past';
    },
    'an upload with a very long id': async (server, send) => {
      const id = 'long'.repeat(20);
      send({ type: 1, target: 'Missing', arguments: [], streamIds: [id] });
      await server.settle();
      return id;
    },
  };

  test.each(Object.entries(pasts))('of %s may go on for ever', async (_what, begin) => {
    const { server, ends } = createServer();
    const { client } = await server.connect();
    const id = await begin(server, (...records) => client.sendRecord(...records));
    for (const how of Object.values(mentions)) {
      client.sendRecord(...Array.from({ length: MANY }, () => how(id)));
      await server.settle();
    }
    expect(ends).toEqual([]);
    client.invoke('Echo', ['still here'], 'e');
    await server.settle();
    expect(client.completions('e')).toMatchObject([{ result: 'still here' }]);
  });

  test('of a client result that came too late may go on for ever, and of one that was never requested may not', async () => {
    const { server, ends } = createServer();
    const { client } = await server.connect();
    client.invoke('Ask', [], 'a');
    await server.settle();
    const asked = client.records.find(({ target }) => target === 'Sure')?.invocationId as string;
    await server.pass(2_000);
    expect(client.completions('a')).toMatchObject([{ result: 'no answer' }]);
    client.sendRecord(...Array.from({ length: MANY }, () => mentions.answer(asked)));
    await server.settle();
    expect(ends).toEqual([]);
    client.sendRecord(...Array.from({ length: MANY }, () => mentions.answer(asked.replace('s1-', 's2-'))));
    await server.settle();
    expect(ends.map(({ name }) => name)).toEqual(['protocol-error']);
  });

  test('are counted as dead letters, told once a turn', async () => {
    const { server } = createServer();
    const { client } = await server.connect();
    const told: number[] = [];
    const deadLetters = [...server.parts.supervisor.refs()].find(({ id }) => id === 'dead-letters');
    let before = 0;
    deadLetters?.subscribe((snapshot: { readonly counts: Readonly<Record<string, number>> }) => {
      const now = snapshot.counts['unknown-id'] ?? 0;
      told.push(now - before);
      before = now;
    });
    client.sendRecord(...Array.from({ length: MAXIMUM_UNKNOWN_IDS - 1 }, (_, at) => mentions.item(`never ${at}`)));
    await server.settle();
    expect(told).toEqual([MAXIMUM_UNKNOWN_IDS - 1]);
  });
});

property(
  'the latest ids are remembered, and one that is still spoken of for as long as it is',
  [fc.array(fc.nat(400), { maxLength: 1_000, size: 'max' }), fc.nat(400)],
  { runs: 200, sometimes: ['more than are remembered'] },
  (numbers, kept, reached) => {
    const ids = new EndedIds();
    ids.remember(`kept ${kept}`);
    reached('more than are remembered', new Set(numbers).size > REMEMBERED);
    const said: string[] = [];
    for (const [at, number] of numbers.entries()) {
      ids.remember(`${number}`);
      said.push(`${number}`);
      if (at % 50 === 0) expect(ids.has(`kept ${kept}`)).toBe(true);
    }
    for (const id of said.slice(-REMEMBERED + 50)) expect(ids.has(id)).toBe(true);
    expect(ids.has('never')).toBe(false);
  },
);
