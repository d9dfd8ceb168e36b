import { describe, expect, test } from 'vitest';
import type { MessageStore, NewMessage } from '../../src/storage/message-store.ts';
import { MESSAGES } from '../../src/storage/migrations/postgres/003-messages.ts';
import { PostgresMessages } from '../../src/storage/postgres/postgres-messages.ts';
import { manyMessages, newMessage, stored } from '../../src/testing/messages.ts';
import { Holding, waitsOrDone } from '../support/holding.ts';
import { PostgresNodes } from '../support/postgres-nodes.ts';
import { PostgresStores } from '../support/postgres-stores.ts';

const postgres = new PostgresStores();

/** Servers that share new tables. */
async function servers(count: number): Promise<PostgresNodes<MessageStore>> {
  const schema = await postgres.schema(MESSAGES);
  return new PostgresNodes(schema, count, [], (...made) => new PostgresMessages(...made));
}

/**
 * Two servers that share new tables. What the slow one does waits.
 *
 * @param before The statement before which it waits. Default: the COMMIT.
 */
async function fastAndSlow(before?: RegExp) {
  const schema = await postgres.schema(MESSAGES);
  const pool = schema.connect();
  const holding = new Holding(schema.connect(), before);
  const other = (transact: Holding) => new PostgresMessages(transact.transact, schema.name);
  return {
    schema,
    pool,
    holding,
    other,
    store: new PostgresMessages(pool.transact, schema.name),
    slow: other(holding),
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
    const { stores, failures } = await servers(4);
    const [reader, ...writers] = stores as readonly [MessageStore, ...MessageStore[]];
    const conversations = ['c', 'a', 'b'];
    await reader.save(conversations.map((conversation) => newMessage(`begin ${conversation}`, { conversation })));
    // Each server saves 30 times, several at once, for all conversations in changing orders.
    const batches = writers.flatMap((writer, number) =>
      Array.from({ length: 30 }, (_, batch) => {
        const names = batch % 2 === number % 2 ? conversations : conversations.toReversed();
        const messages = [...names, ...names].map((conversation, at) =>
          newMessage(`${number} ${batch} ${at}`, { conversation }),
        );
        return { writer, messages };
      }),
    );
    const reads = conversations.map((name) => readAll(reader, name, `begin ${name}`, batches.length * 2));
    await Promise.all(batches.map(({ writer, messages }) => writer.save(messages)));
    for (const read of await Promise.all(reads)) {
      expect(read.map(({ position }) => position)).toEqual(read.map((_, at) => at + 2));
      expect(new Set(read.map(({ id }) => id)).size).toBe(read.length);
    }
    // No deadlock, either, after which a transaction would be repeated.
    expect(failures).toEqual([]);
  });

  test('a save that is repeated before its first attempt has ended gives no second position', async () => {
    const { store, slow, holding, pool } = await fastAndSlow();
    const [batch, before, behind] = [manyMessages(3), newMessage('before'), newMessage('behind')];
    await store.save([before]);
    const first = slow.save(batch);
    await holding.done;
    const second = store.save([...batch, behind]);
    expect(await waitsOrDone(second, pool)).toBe('waits');
    holding.release();
    await Promise.all([first, second]);
    expect((await store.list({ conversation: 'room:a' }))?.messages).toEqual(
      [before, ...batch, behind].map((message, at) => stored(message, at + 1)),
    );
  });

  test('a save that is repeated while its first attempt looks for known ids waits for it', async () => {
    const { store, slow, holding, pool, schema, other } = await fastAndSlow(/WITH fresh/);
    await store.save([newMessage('before')]);
    const batch = manyMessages(3);
    const first = slow.save(batch);
    await holding.done;
    const repeated = new Holding(schema.connect());
    const second = other(repeated).save(batch);
    expect(await waitsOrDone(repeated.done, pool)).toBe('waits');
    for (const held of [holding, repeated]) held.release();
    await Promise.all([first, second]);
    expect((await store.list({ conversation: 'room:a' }))?.messages).toEqual(
      [newMessage('before'), ...batch].map((message, at) => stored(message, at + 1)),
    );
  });

  test('an id that is given to two conversations at once is refused once, and costs no position', async () => {
    const { store, slow, holding, pool } = await fastAndSlow();
    const other = [newMessage('x', { conversation: 'b' }), newMessage('y', { conversation: 'b' })];
    const first = slow.save([newMessage('x')]);
    await holding.done;
    const second = store.save(other);
    expect(await waitsOrDone(second, pool)).toBe('waits');
    holding.release();
    await first;
    await expect(second).rejects.toThrow(/messages_pkey/);
    await store.save(other);
    expect((await store.list({ conversation: 'b' }))?.messages).toEqual([stored(other[1] as NewMessage, 1)]);
  });
});

describe('servers that change a message at the same time', () => {
  const reaction = { messageId: 'a', emoji: '+1', by: 'ann', on: true };

  test('no reaction is lost or counted twice', async () => {
    const nodes = await servers(2);
    await nodes.stores[0]?.save([newMessage('a')]);
    const users = Array.from({ length: 20 }, (_, n) => `user ${n}`);
    await nodes.atOnce(
      [...users, ...users.toReversed()].map(
        (by) => (store) => store.react({ ...reaction, by, emoji: `${users.indexOf(by) % 2}` }),
      ),
    );
    const counts = (await nodes.stores[0]?.find('a'))?.reactions ?? [];
    expect(counts.map(({ count }) => count)).toEqual([10, 10]);
    expect(nodes.failures).toEqual([]);
  });

  test('a reaction that comes while its message is deleted goes with it', async () => {
    const { store, slow, holding, pool } = await fastAndSlow();
    await store.save([newMessage('a')]);
    const reacted = slow.react(reaction);
    await holding.done;
    const removed = store.remove('a', 5_000);
    expect(await waitsOrDone(removed, pool)).toBe('waits');
    holding.release();
    await reacted;
    expect((await removed)?.reactions).toEqual([]);
    await store.prune({ count: 0 }, 10);
    await store.save([newMessage('a')]);
    expect(await store.react(reaction)).toEqual([{ emoji: '+1', count: 1 }]);
  });

  test('a message that somebody reacts to is not deleted by age before that, and its reactions go with it', async () => {
    const { store, slow, holding } = await fastAndSlow();
    await store.save([newMessage('a')]);
    const reacted = slow.react(reaction);
    await holding.done;
    expect(await store.prune({ count: 0 }, 10)).toBe(0);
    holding.release();
    expect(await reacted).toEqual([{ emoji: '+1', count: 1 }]);
    expect(await store.prune({ count: 0 }, 10)).toBe(1);
    await store.save([newMessage('a')]);
    expect(await store.react(reaction)).toEqual([{ emoji: '+1', count: 1 }]);
  });

  test('a reaction to a message that is deleted by age at the moment finds it gone, and leaves nothing', async () => {
    const { store, slow, holding, pool } = await fastAndSlow();
    await store.save([newMessage('a')]);
    const pruned = slow.prune({ count: 0 }, 10);
    await holding.done;
    const reacted = store.react(reaction);
    expect(await waitsOrDone(reacted, pool)).toBe('waits');
    holding.release();
    expect([await pruned, await reacted]).toEqual([1, undefined]);
    await store.save([newMessage('a')]);
    expect(await store.react(reaction)).toEqual([{ emoji: '+1', count: 1 }]);
  });

  test('two that delete old messages delete as many as they say, and wait for nobody', async () => {
    const { store, slow, holding } = await fastAndSlow();
    await store.save(manyMessages(30));
    const first = slow.prune({ count: 5 }, 10);
    await holding.done;
    expect(await store.prune({ count: 5 }, 10)).toBe(10);
    holding.release();
    expect(await first).toBe(10);
    expect(await store.prune({ count: 5 }, 10)).toBe(5);
    expect((await store.list({ conversation: 'room:a' }))?.messages.length).toBe(5);
  });
});
