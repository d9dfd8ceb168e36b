import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { CONTROL, groupChannel } from '../../src/backplane/wire/channels.ts';
import { Envelopes } from '../../src/backplane/wire/envelope.ts';
import { ItemKind } from '../../src/backplane/wire/items.ts';
import { writeValue } from '../../src/backplane/wire/values.ts';
import { property } from '../support/property.ts';
import { heardBy, known, LEASE_MS, Site } from './nodes-site.ts';

const KINDS = [...Object.values(ItemKind), 0, 99, 'x', null];
const QUESTIONS = [
  'abort',
  'join',
  'leave',
  'members',
  'count',
  'find',
  'result',
  'unknown-invocations',
  'greet',
  'sent',
];

/** Values of fields, some of them of the kind that a node expects. `here`: the id of a connection. */
const field = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>('/hub', 'here', '"node-0"', '"red"', '{"to":"all","except":[]}', 'json'),
  },
  fc.constantFrom<unknown>(null, 0, 1, -1, 1.5, 2 ** 53, true, '', '\u0000'),
  fc.string(),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom<unknown>([], {}, [null], { toString: 1 }, [['/hub']], ['json', new Uint8Array([123, 125, 30])]),
  fc.jsonValue({ maxDepth: 2 }),
);
const item = fc.oneof(
  fc
    .tuple(fc.constantFrom<unknown>(...KINDS), fc.array(field, { maxLength: 7 }))
    .map(([kind, fields]) => [kind, ...fields]),
  fc
    .tuple(fc.constantFrom(...QUESTIONS), fc.constantFrom('/hub', null), fc.array(field, { maxLength: 3 }))
    .map(([name, hub, args]) => [ItemKind.Request, 7, '"node-0"', name, hub, writeValue(args)]),
  field,
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .tuple(fc.nat(50), fc.nat(50), fc.array(item, { maxLength: 3 }))
    .map(([number, previous, items]) => ({ number, previous, items })),
);

/** Its place, what it is, and whether it pretends to come from a node. */
type Injected = [
  where: 'ctl' | 'red' | 'inbox',
  what: Uint8Array<ArrayBuffer> | { number: number; previous: number; items: unknown[] },
  isKnown: boolean,
];

/** Objects that are no text, where a text is expected. */
function textless(kind: unknown): unknown[] {
  return [kind, ...Array.from({ length: 7 }, () => ({ toString: 1 }))];
}

const TEXTLESS = Object.values(ItemKind).map((kind, at): Injected => {
  return ['inbox', { number: at + 1_000, previous: 0, items: [textless(kind)] }, true];
});

describe('somebody who may write to the backplane', () => {
  property(
    'brings no node to its knees: what cannot be read is counted, and the nodes go on',
    [fc.array(fc.tuple(fc.constantFrom('ctl', 'red', 'inbox'), bytes, fc.boolean()), { maxLength: 30, size: 'max' })],
    {
      runs: 150,
      sometimes: ['something was left out', 'something was taken', 'the clients are still there'],
      examples: [[TEXTLESS]],
    },
    async (messages, reached) => {
      const site = await Site.of(2);
      const [here, there] = [await site.client(0), await site.client(1)];
      const [one, other] = [site.node(0), site.node(1)];
      const { incoming } = other.cluster.link;
      const before = incoming.received;
      for (const [where, what, isKnown] of messages) {
        const channel =
          where === 'ctl' ? CONTROL : where === 'red' ? groupChannel('/hub', 'red') : other.cluster.link.inbox;
        const envelopes = new Envelopes(isKnown ? one.server.parts.bootId : 'stranger', undefined);
        const written = what instanceof Uint8Array ? what : envelopes.write(channel, what);
        site.nodes.exchange.inject(channel, written);
        await site.nodes.settle();
      }
      reached('something was left out', Object.keys(incoming.faults).length > 0);
      reached('something was taken', incoming.received > before);
      // What was sent in the name of a node has numbers that it has not sent yet.
      await site.nodes.pass(2 * LEASE_MS);
      expect(known([one])).toEqual(['node-1']);
      expect(other.cluster.isLinked).toBe(true);
      expect(other.cluster.link.heard.nodes).toBeLessThanOrEqual(1);
      for (const { server } of site.nodes.all) expect(server.log.faults.map(({ text }) => text)).toEqual([]);
      // It may end connections, and take them out of groups.
      const areThere = !(here.client.isEnded || there.client.isEnded);
      reached('the clients are still there', areThere);
      await site.call(here, 'ToAll', 'hello');
      if (areThere) expect([here, there].map((peer) => heardBy(peer).at(-1))).toEqual(['hello', 'hello']);
    },
  );
});
