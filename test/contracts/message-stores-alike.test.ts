import fc from 'fast-check';
import { afterAll, beforeAll } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import type { MessagePage, MessageStore } from '../../src/storage/message-store.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { UNUSUAL_TEXTS } from '../../src/testing/unusual-texts.ts';
import { alike, type Call } from '../support/alike.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { property } from '../support/property.ts';
import { SqliteNodes } from '../support/sqlite-nodes.ts';

const postgresUrl = postgresSchemas();
const memory = new MemoryStorage();
const sqlite = new SqliteNodes(1, []);
/** The memory is the model. */
const stores: MessageStore[] = [memory.messages, ...sqlite.storages.map(({ messages }) => messages)];

let postgres: PostgresStorage | undefined;

beforeAll(async () => {
  await memory.open(ALONE);
  if (!hasPostgres) return;
  postgres = new PostgresStorage(postgresUrl());
  await postgres.open(ALONE);
  stores.push(postgres.messages);
});
afterAll(() => postgres?.close());

const conversation = fc.constantFrom('room:a', 'room:b');
const id = fc.constantFrom('a', 'b', 'c', '\ufffd', '\u{1f600}', '\ud800', '\0');
const text = fc.oneof(fc.constantFrom(...UNUSUAL_TEXTS), fc.string({ unit: 'binary', maxLength: 5 }));
const at = fc.nat(9);

const message = fc.record({
  id,
  conversation,
  authorId: fc.option(text),
  author: text,
  text,
  sentAt: at,
  replyTo: fc.option(id),
});
const messages = fc.array(message, { maxLength: 9, size: 'max' });
const place = fc.record({ conversation, before: id, after: id, limit: fc.nat(2) }, { requiredKeys: ['conversation'] });
const reaction = fc.record({
  messageId: id,
  emoji: fc.constantFrom('1', '0', '\0'),
  by: fc.constantFrom('ann', 'bob'),
  on: fc.oneof(fc.constant(true), fc.boolean()),
});
const kept = fc.record({ since: fc.nat(3), count: fc.nat(9) }, { requiredKeys: [] });

/** Some calls are made more often than others. */
const call = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('save'), messages) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('list'), place) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('find'), id) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('edit'), id, text, at) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('remove'), id, at) },
  { weight: 9, arbitrary: fc.tuple(fc.constant('react'), reaction) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('prune'), kept, fc.integer({ min: 1, max: 3 })) },
) as fc.Arbitrary<Call<MessageStore>>;

property(
  'stores of messages of all kinds give the same answers',
  [messages, fc.array(call, { minLength: 15, maxLength: 60, size: 'max' })],
  {
    runs: 80,
    sometimes: [
      'a page with more',
      'no such place',
      'two kinds of reactions',
      'no message to change',
      'some were pruned',
    ],
  },
  async (first, calls, reached) => {
    await alike(stores, ['save', first]);
    for (const each of calls) {
      const [method] = each;
      const outcome = await alike(stores, each);
      reached('a page with more', method === 'list' && (outcome as MessagePage | undefined)?.more === true);
      reached('no such place', method === 'list' && outcome === undefined);
      reached('two kinds of reactions', Array.isArray(outcome) && outcome.length > 1);
      reached('no message to change', (method === 'edit' || method === 'react') && outcome === undefined);
      reached('some were pruned', method === 'prune' && outcome !== 0);
    }
    for (const name of ['room:a', 'room:b']) await alike(stores, ['list', { conversation: name }]);
    // The next case begins without messages. The positions go on, in each of them in the same way.
    await alike(stores, ['prune', { count: 0 }, 1_000]);
  },
);
