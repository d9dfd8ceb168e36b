import type { MessageStore } from '../storage/message-store.ts';
import { changedMessagesContract } from './changed-messages-contract.ts';
import { messageArgumentsContract } from './message-arguments-contract.ts';
import { messagePagesContract } from './message-pages-contract.ts';
import { manyMessages, newMessage, stored } from './messages.ts';
import { type OpenStore, storeTest } from './opened-store.ts';
import { retentionContract } from './retention-contract.ts';
import { problemOf } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';

/**
 * Declares the tests that every implementation of the port `MessageStore` has to pass.
 *
 * @param open Called once in each test.
 */
export function messageStoreContract(framework: TestFramework, open: OpenStore<MessageStore>): void {
  const { expect } = framework;
  const test = storeTest(framework, open);

  test('has no message at first', async (messages) => {
    expect(await messages.find('a')).toEqual(undefined);
    expect(await messages.list({ conversation: 'room:a' })).toEqual({ messages: [], more: false });
  });

  test('gives back what was saved', async (messages) => {
    const known = newMessage('aB3', { sentAt: 1_767_225_600_123, replyTo: 'b' });
    const anonymous = newMessage('b', { authorId: null, author: 'guest-1', text: '' });
    await messages.save([known, anonymous]);
    expect(await messages.find('aB3')).toEqual(stored(known, 1));
    expect(await messages.find('b')).toEqual(stored(anonymous, 2));
    expect(await messages.find('AB3')).toEqual(undefined);
    expect(await messages.list({ conversation: 'room:a' })).toEqual({
      messages: [stored(known, 1), stored(anonymous, 2)],
      more: false,
    });
  });

  test('counts the positions of each conversation, in the order of the saves', async (messages) => {
    await messages.save([newMessage('z', { sentAt: 9 }), newMessage('x', { conversation: 'b' }), newMessage('a')]);
    await messages.save([newMessage('y', { conversation: 'b' }), newMessage('c', { sentAt: 1 })]);
    const positions = await Promise.all(
      ['z', 'a', 'c', 'x', 'y'].map(async (id) => (await messages.find(id))?.position),
    );
    expect(positions).toEqual([1, 2, 3, 1, 2]);
  });

  test('leaves a message whose id is there already as it is', async (messages) => {
    await messages.save([newMessage('a')]);
    await messages.save([newMessage('a', { text: 'other' }), newMessage('b')]);
    await messages.save([newMessage('a', { conversation: 'b' }), newMessage('c', { conversation: 'b' })]);
    expect(await messages.find('a')).toEqual(stored(newMessage('a'), 1));
    expect((await messages.find('b'))?.position).toEqual(2);
    expect(await messages.list({ conversation: 'b' })).toEqual({
      messages: [stored(newMessage('c', { conversation: 'b' }), 1)],
      more: false,
    });
  });

  test('saves the first one of several with the same id', async (messages) => {
    await messages.save([newMessage('a'), newMessage('b'), newMessage('a', { text: 'other' }), newMessage('c')]);
    const { messages: found = [] } = (await messages.list({ conversation: 'room:a' })) ?? {};
    expect(found).toEqual(['a', 'b', 'c'].map((id, at) => stored(newMessage(id), at + 1)));
  });

  test('may be asked to save nothing, and the same again', async (messages) => {
    await messages.save([]);
    const batch = manyMessages(3);
    await messages.save(batch);
    await messages.save(batch);
    const { messages: found = [] } = (await messages.list({ conversation: 'room:a' })) ?? {};
    expect(found).toEqual(batch.map((message, at) => stored(message, at + 1)));
  });

  test('does not notice what the caller does with its objects later', async (messages) => {
    const mine = { ...newMessage('a') };
    const saved = messages.save([mine]);
    mine.text = 'changed';
    await saved;
    await messages.react({ messageId: 'a', emoji: '+1', by: 'ann', on: true });
    for (const found of [await messages.find('a'), (await messages.list({ conversation: 'room:a' }))?.messages[0]]) {
      Object.assign(found ?? {}, { text: 'changed, too' });
      Object.assign(found?.reactions[0] ?? {}, { count: 7 });
    }
    expect(await messages.find('a')).toEqual(stored(newMessage('a'), 1, { reactions: [{ emoji: '+1', count: 1 }] }));
  });

  test('takes many saves at once', async (messages) => {
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 20 }, (_, n) =>
        newMessage(`${batch}-${n}`, { conversation: n % 3 === batch % 3 ? 'room:a' : `room:${batch % 5}` }),
      ),
    );
    await Promise.all(batches.map((batch) => messages.save(batch)));
    for (const conversation of new Set(batches.flat().map((message) => message.conversation))) {
      const { messages: found = [] } = (await messages.list({ conversation })) ?? {};
      expect(found.map(({ position }) => position)).toEqual(found.map((_, at) => at + 1));
      for (const [number, batch] of batches.entries()) {
        const wanted = batch.filter((message) => message.conversation === conversation).map(({ id }) => id);
        expect(found.map(({ id }) => id).filter((id) => id.startsWith(`${number}-`))).toEqual(wanted);
      }
    }
  });

  test('keeps everything while it is closed', async (messages, opened) => {
    await messages.save([newMessage('a'), newMessage('b')]);
    await messages.react({ messageId: 'a', emoji: '+1', by: 'ann', on: true });
    await messages.edit('b', 'edited', 5_000);
    const before = await messages.list({ conversation: 'room:a' });
    await opened.close();
    await opened.reopen();
    expect(await messages.list({ conversation: 'room:a' })).toEqual(before);
    await messages.save([newMessage('c')]);
    expect((await messages.find('c'))?.position).toEqual(3);
  });

  test('answers only while the storage is open', async (messages, opened) => {
    await opened.close();
    for (const asked of [
      messages.save([newMessage('a')]),
      messages.find('a'),
      messages.list({ conversation: 'room:a' }),
      messages.edit('a', 'text', 1),
      messages.remove('a', 1),
      messages.react({ messageId: 'a', emoji: '+1', by: 'ann', on: true }),
      messages.prune({ count: 0 }, 1),
    ])
      expect(await problemOf(asked)).toEqual('closed');
  });

  messagePagesContract(framework, test);
  changedMessagesContract(framework, test);
  messageArgumentsContract(framework, test);
}

/** The part of the contract about the deletion of old messages. */
export function oldMessagesContract(framework: TestFramework, open: OpenStore<MessageStore>): void {
  retentionContract(framework, storeTest(framework, open), {
    name: 'messages',
    add: (messages, id, sentAt) => messages.save([newMessage(id, { sentAt })]),
    ids: async (messages) => ((await messages.list({ conversation: 'room:a' }))?.messages ?? []).map(({ id }) => id),
  });
}
