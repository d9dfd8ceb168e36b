import { describe, expect, onTestFinished, test } from 'vitest';
import type { MessageStore, NewMessage } from '../../src/storage/message-store.ts';
import { MESSAGES } from '../../src/storage/migrations/postgres/003-messages.ts';
import { PostgresMessages } from '../../src/storage/postgres/postgres-messages.ts';
import { manyMessages, newMessage, stored } from '../../src/testing/messages.ts';
import { holdTransactions, untilWaiting } from '../support/held-transactions.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { testPool } from '../support/test-pool.ts';

const postgres = new PostgresStores();

/** A store of another server, with connections of its own. */
function ofOtherServer(schema: string): MessageStore {
  const pool = testPool(postgres.url);
  onTestFinished(() => pool.close());
  return new PostgresMessages(pool.transact, schema);
}

/** A new store, and another one on the same tables whose transactions are held. */
async function twoStores(before?: RegExp) {
  const { name: schema } = await postgres.schema(MESSAGES);
  const transactions = holdTransactions(postgres.pool.transact, before);
  return {
    schema,
    store: new PostgresMessages(postgres.pool.transact, schema),
    slow: new PostgresMessages(transactions.transact, schema),
    transactions,
  };
}

/** Reads a conversation from a message on, page by page, until so many messages have come. */
async function readAll(store: MessageStore, conversation: string, begin: string, count: number) {
  const read: { readonly id: string; readonly position: number }[] = [];
  let after = begin;
  while (read.length < count) {
    const page = await store.list({ conversation, after, limit: 7 });
    read.push(...(page?.messages ?? []));
    after = read.at(-1)?.id ?? begin;
  }
  return read;
}

describe('servers that save at the same time', () => {
  test('readers who ask for what is after a message miss none', { timeout: 60_000 }, async () => {
    const { name: schema } = await postgres.schema(MESSAGES);
    const servers = [ofOtherServer(schema), ofOtherServer(schema), ofOtherServer(schema)];
    const conversations = ['c', 'a', 'b'];
    await servers[0]?.save(conversations.map((conversation) => newMessage(`begin ${conversation}`, { conversation })));
    // Each server saves 30 times, several at once, for all conversations in changing orders.
    const batches = servers.flatMap((server, number) =>
      Array.from({ length: 30 }, (_, batch) => {
        const names = batch % 2 === number % 2 ? conversations : conversations.toReversed();
        const messages = [...names, ...names].map((conversation, at) =>
          newMessage(`${number} ${batch} ${at}`, { conversation }),
        );
        return { server, messages };
      }),
    );
    const reader = ofOtherServer(schema);
    const reads = conversations.map((name) => readAll(reader, name, `begin ${name}`, batches.length * 2));
    await Promise.all(batches.map(({ server, messages }) => server.save(messages)));
    for (const read of await Promise.all(reads)) {
      expect(read.map(({ position }) => position)).toEqual(read.map((_, at) => at + 2));
      expect(new Set(read.map(({ id }) => id)).size).toBe(read.length);
    }
  });

  test('a save that is repeated before its first attempt has ended gives no second position', async () => {
    const { store, slow, transactions } = await twoStores();
    const [batch, before, behind] = [manyMessages(3), newMessage('before'), newMessage('behind')];
    // The conversation is there, so that nobody waits for its row to be made.
    await store.save([before]);
    const first = slow.save(batch);
    await transactions.held;
    const second = store.save([...batch, behind]);
    await untilWaiting(postgres.pool);
    transactions.release();
    await Promise.all([first, second]);
    expect((await store.list({ conversation: 'room:a' }))?.messages).toEqual(
      [before, ...batch, behind].map((message, at) => stored(message, at + 1)),
    );
  });

  test('a save that is repeated while its first attempt looks for known ids gives no second position', async () => {
    const { schema, store, slow, transactions } = await twoStores(/WITH fresh/);
    await store.save([newMessage('before')]);
    const batch = manyMessages(3);
    const first = slow.save(batch);
    await transactions.held;
    const other = holdTransactions(postgres.pool.transact);
    const second = new PostgresMessages(other.transact, schema).save(batch);
    // It must wait for the first attempt, and not be done before it.
    await Promise.race([untilWaiting(postgres.pool), other.held]);
    transactions.release();
    await Promise.race([untilWaiting(postgres.pool), first]);
    other.release();
    await Promise.all([first, second]);
    expect((await store.list({ conversation: 'room:a' }))?.messages).toEqual(
      [newMessage('before'), ...batch].map((message, at) => stored(message, at + 1)),
    );
  });

  test('an id that is given to two conversations at once is refused once, and costs no position', async () => {
    const { store, slow, transactions } = await twoStores();
    const other = [newMessage('x', { conversation: 'b' }), newMessage('y', { conversation: 'b' })];
    const first = slow.save([newMessage('x')]);
    await transactions.held;
    const second = store.save(other);
    const refused = expect(second).rejects.toThrow();
    await untilWaiting(postgres.pool);
    transactions.release();
    await Promise.all([first, refused]);
    await store.save(other);
    expect((await store.list({ conversation: 'b' }))?.messages).toEqual([stored(other[1] as NewMessage, 1)]);
  });
});

describe('servers that change a message at the same time', () => {
  test('no reaction is lost or counted twice', async () => {
    const { name: schema } = await postgres.schema(MESSAGES);
    const servers = [ofOtherServer(schema), ofOtherServer(schema)];
    await servers[0]?.save([newMessage('a')]);
    const users = Array.from({ length: 20 }, (_, n) => `user ${n}`);
    await Promise.all(
      servers.flatMap((server) =>
        users.map((by, n) => server.react({ messageId: 'a', emoji: `${n % 2}`, by, on: true })),
      ),
    );
    const counts = (await servers[0]?.find('a'))?.reactions ?? [];
    expect([...counts].sort((a, b) => (a.emoji < b.emoji ? -1 : 1))).toEqual([
      { emoji: '0', count: 10 },
      { emoji: '1', count: 10 },
    ]);
  });

  test('a reaction that comes while its message is deleted goes with it', async () => {
    const { store, slow, transactions } = await twoStores();
    await store.save([newMessage('a')]);
    const reacted = slow.react({ messageId: 'a', emoji: '+1', by: 'ann', on: true });
    await transactions.held;
    const removed = store.remove('a', 5_000);
    await untilWaiting(postgres.pool);
    transactions.release();
    await reacted;
    expect((await removed)?.reactions).toEqual([]);
    await store.prune({ count: 0 }, 10);
    await store.save([newMessage('a')]);
    expect(await store.react({ messageId: 'a', emoji: '+1', by: 'ann', on: true })).toEqual([
      { emoji: '+1', count: 1 },
    ]);
  });

  test('a reaction that comes while its message is deleted by age goes with it', async () => {
    const { store, slow, transactions } = await twoStores();
    await store.save([newMessage('a')]);
    const reacted = slow.react({ messageId: 'a', emoji: '+1', by: 'ann', on: true });
    await transactions.held;
    const pruned = store.prune({ count: 0 }, 10);
    await untilWaiting(postgres.pool);
    transactions.release();
    expect([await reacted, await pruned]).toEqual([[{ emoji: '+1', count: 1 }], 1]);
    await store.save([newMessage('a')]);
    expect(await store.react({ messageId: 'a', emoji: '+1', by: 'ann', on: true })).toEqual([
      { emoji: '+1', count: 1 },
    ]);
  });

  test('two that delete old messages delete as many as they say, and know whether more are left', async () => {
    const { store, slow, transactions } = await twoStores();
    await store.save(manyMessages(30));
    const first = slow.prune({ count: 5 }, 10);
    await transactions.held;
    const second = store.prune({ count: 5 }, 10);
    await untilWaiting(postgres.pool);
    transactions.release();
    expect([await first, await second]).toEqual([10, 10]);
    expect(await store.prune({ count: 5 }, 10)).toBe(5);
    expect((await store.list({ conversation: 'room:a' }))?.messages.length).toBe(5);
  });
});
