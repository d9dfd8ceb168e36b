import fc from 'fast-check';
import { expect } from 'vitest';
import { NO_NODES_LEFT } from '../support/memory-nodes.ts';
import type { Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { answerTo, LEASE_MS, NOTICED_MS, Site } from './nodes-site.ts';

const NODES = 2;
const node = fc.nat(NODES - 1);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constantFrom('Ask' as const, 'AskShortly' as const), at: node }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('answer' as const), at: node, which: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('disconnect' as const), at: node }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cut' as const), at: node }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('crash' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('lose' as const),
      /** Of the next messages between nodes, those that are lost. */
      next: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 3_000 }) }) },
);

const ASK = { does: 'Ask', at: 0 } as const;

/** Answers one of the invocations that a client has got. */
function answer({ client }: Peer, which: number): void {
  const asked = client.requestedResults[which];
  if (asked?.invocationId !== undefined && !client.isEnded) client.complete(asked.invocationId, { result: `${which}` });
}

property(
  'an invocation of a client of another node ends exactly once, whatever is lost, and leaves nothing',
  [fc.array(step, { maxLength: 25, size: 'max' })],
  {
    runs: 60,
    examples: [
      [[ASK, { does: 'answer', at: 1, which: 0 }]],
      [[{ does: 'lose', next: [true] }, ASK]],
      [[ASK, { does: 'disconnect', at: 1 }]],
      [[ASK, { does: 'crash' }]],
      [[{ does: 'AskShortly', at: 0 }]],
    ],
    sometimes: [
      'one is answered',
      'one is lost',
      'one ends with its client',
      'one ends with its node',
      'one takes too long',
    ],
  },
  async (steps, reached) => {
    const site = await Site.of(NODES);
    const clients = [await site.client(0), await site.client(1)];
    const asked: { readonly by: Peer; readonly at: number; readonly id: string }[] = [];
    const losses: boolean[] = [];
    site.nodes.exchange.loses = ({ from, to }) => from !== to && losses.shift() === true;
    let hasCrashed = false;
    for (const one of steps) {
      if (one.does === 'lose') losses.push(...one.next);
      else if (one.does === 'pass') await site.nodes.pass(one.ms);
      else if (one.does === 'crash') {
        site.node(1).crash();
        hasCrashed = true;
      } else if (!hasCrashed || one.at === 0) {
        const client = clients[one.at] as Peer;
        if (one.does === 'cut') site.node(one.at).backplane.cut();
        else if (one.does === 'disconnect') client.client.close();
        else if (one.does === 'answer') answer(client, one.which);
        else if (!client.client.isEnded) {
          const other = clients[1 - one.at] as Peer;
          asked.push({ by: client, at: one.at, id: site.begin(client, one.does, other.id, 'who?') });
        }
      }
      await site.nodes.settle();
    }
    site.nodes.exchange.loses = () => false;
    await site.nodes.pass(2 * LEASE_MS);
    // Those that came to their clients wait for them, as long as they like.
    for (const [at, client] of clients.entries()) {
      if (at === 1 && hasCrashed) continue;
      for (const which of client.client.requestedResults.keys()) answer(client, which);
    }
    await site.nodes.pass(hasCrashed ? NOTICED_MS : LEASE_MS);
    const here = asked.filter(({ by, at }) => !(by.client.isEnded || (hasCrashed && at === 1)));
    for (const { by, id } of here) {
      expect(by.client.completions(id)).toHaveLength(1);
      const answered = String(answerTo(by, id));
      reached('one is answered', /^\d$/.test(answered));
      reached('one is lost', answered.includes('was lost between two nodes'));
      reached('one ends with its client', answered.includes('disconnected') && !hasCrashed);
      reached('one ends with its node', answered.includes('disconnected') && hasCrashed);
      reached('one takes too long', answered.includes('canceled'));
    }
    for (const { client } of clients) if (!client.isEnded) client.close();
    await site.nodes.pass(LEASE_MS);
    const left = site.nodes.all.slice(0, hasCrashed ? 1 : NODES).map((each) => each.leftovers());
    expect(left).toEqual(left.map(() => NO_NODES_LEFT));
  },
);
