import type { MessagePage, MessageQuery, MessageStore } from '../storage/message-store.ts';
import { manyMessages, newMessage } from './messages.ts';
import type { StoreTest } from './opened-store.ts';
import type { TestFramework } from './test-framework.ts';

/** The part of the contract of a store of messages about pages. */
export function messagePagesContract({ expect }: TestFramework, test: StoreTest<MessageStore>): void {
  /** Ids of a page, and whether there is more. */
  async function page(messages: MessageStore, query: Omit<MessageQuery, 'conversation'>): Promise<unknown> {
    return shown(await messages.list({ conversation: 'room:a', ...query }));
  }

  test('lists the newest messages, the oldest of them first', async (messages) => {
    await messages.save(manyMessages(5));
    expect(await page(messages, {})).toEqual([['0', '1', '2', '3', '4'], false]);
    expect(await page(messages, { limit: 5 })).toEqual([['0', '1', '2', '3', '4'], false]);
    expect(await page(messages, { limit: 2 })).toEqual([['3', '4'], true]);
    expect(await page(messages, { limit: 0 })).toEqual([[], true]);
  });

  test('lists what is before a message', async (messages) => {
    await messages.save(manyMessages(5));
    expect(await page(messages, { before: '3', limit: 2 })).toEqual([['1', '2'], true]);
    expect(await page(messages, { before: '1', limit: 2 })).toEqual([['0'], false]);
    expect(await page(messages, { before: '2', limit: 2 })).toEqual([['0', '1'], false]);
    expect(await page(messages, { before: '0' })).toEqual([[], false]);
  });

  test('lists what is after a message, the first of it', async (messages) => {
    await messages.save(manyMessages(5));
    expect(await page(messages, { after: '1', limit: 2 })).toEqual([['2', '3'], true]);
    expect(await page(messages, { after: '2', limit: 2 })).toEqual([['3', '4'], false]);
    expect(await page(messages, { after: '4' })).toEqual([[], false]);
  });

  test('lists what is between two messages', async (messages) => {
    await messages.save(manyMessages(6));
    expect(await page(messages, { after: '0', before: '5' })).toEqual([['1', '2', '3', '4'], false]);
    expect(await page(messages, { after: '0', before: '5', limit: 2 })).toEqual([['1', '2'], true]);
    expect(await page(messages, { after: '4', before: '4' })).toEqual([[], false]);
    expect(await page(messages, { after: '5', before: '0' })).toEqual([[], false]);
  });

  test('lists the messages of one conversation', async (messages) => {
    await messages.save([newMessage('a'), newMessage('b', { conversation: 'room:A' })]);
    expect(await page(messages, {})).toEqual([['a'], false]);
    expect(shown(await messages.list({ conversation: 'room:A' }))).toEqual([['b'], false]);
    expect(shown(await messages.list({ conversation: 'room' }))).toEqual([[], false]);
  });

  test('does not know a place that is no message of the conversation', async (messages) => {
    await messages.save([newMessage('a'), newMessage('b', { conversation: 'room:b' })]);
    for (const query of [{ after: 'x' }, { before: 'x' }, { after: 'b' }, { before: 'b' }, { after: 'a', before: 'b' }])
      expect(await messages.list({ conversation: 'room:a', ...query })).toEqual(undefined);
  });

  test('knows the place of a message that was deleted, and not of one that was deleted by age', async (messages) => {
    await messages.save([newMessage('a', { sentAt: 10 }), newMessage('b', { sentAt: 20 }), newMessage('c')]);
    await messages.remove('b', 5_000);
    await messages.prune({ since: 20 }, 100);
    expect(await page(messages, { after: 'b' })).toEqual([['c'], false]);
    expect(await page(messages, {})).toEqual([['b', 'c'], false]);
    expect(await messages.list({ conversation: 'room:a', after: 'a' })).toEqual(undefined);
    expect(await messages.list({ conversation: 'room:a', before: 'a' })).toEqual(undefined);
  });

  test('does not give the position of a message again that was deleted by age', async (messages) => {
    await messages.save(manyMessages(3));
    await messages.prune({ count: 0 }, 100);
    await messages.save([newMessage('new')]);
    expect((await messages.find('new'))?.position).toEqual(4);
  });

  test('lists 1,000 messages at most, and if nobody says', async (messages) => {
    await messages.save(manyMessages(1_002));
    for (const limit of [{}, { limit: 5_000 }]) {
      const newest = await messages.list({ conversation: 'room:a', ...limit });
      expect([newest?.messages.length, newest?.messages[0]?.id, newest?.more]).toEqual([1_000, '2', true]);
      const next = await messages.list({ conversation: 'room:a', after: '0', ...limit });
      expect([next?.messages.length, next?.messages[0]?.id, next?.more]).toEqual([1_000, '1', true]);
    }
  });
}

function shown(page: MessagePage | undefined): unknown {
  return page && [page.messages.map(({ id }) => id), page.more];
}
