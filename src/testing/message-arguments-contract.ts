import type { MessageQuery, MessageStore, NewMessage, Reaction } from '../storage/message-store.ts';
import { NAME_BYTES } from '../storage/rows/checked-arguments.ts';
import { newMessage, stored } from './messages.ts';
import type { StoreTest } from './opened-store.ts';
import { problemOf } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';
import { UNUSUAL_TEXTS } from './unusual-texts.ts';

/** Values that are no text and no number, or no number that can be kept. */
const WRONG = [undefined, Number.NaN, 1.5, Number.POSITIVE_INFINITY, 2 ** 60, true, {}, 1n] as unknown[];

/** The part of the contract of a store of messages about what it is given. */
export function messageArgumentsContract({ expect }: TestFramework, test: StoreTest<MessageStore>): void {
  test('gives back every text exactly, whatever characters it has', async (messages) => {
    for (const [at, text] of UNUSUAL_TEXTS.entries()) {
      const id = `${at}${text}`;
      const whole = { id, conversation: text, authorId: text, author: text, text, sentAt: at, replyTo: text };
      await messages.save([whole]);
      for (const by of [text, `${text}!`])
        expect((await messages.react({ messageId: id, emoji: text, by, on: true }))?.[0]?.emoji).toEqual(text);
      const expected = stored(whole, 1, { reactions: [{ emoji: text, count: 2 }] });
      expect(await messages.find(id)).toEqual(expected);
      expect(await messages.list({ conversation: text })).toEqual({ messages: [expected], more: false });
      expect(await messages.list({ conversation: text, after: id })).toEqual({ messages: [], more: false });
      const edited = await messages.edit(id, `${text} edited`, 1);
      expect(edited?.text).toEqual(`${text} edited`);
      expect((await messages.remove(id, 1))?.author).toEqual(text);
    }
  });

  test('keeps long texts, and names up to a size', async (messages) => {
    const long = 'é'.repeat(NAME_BYTES / 2);
    const message = newMessage(long, { conversation: long, replyTo: long, text: 'text 🚆'.repeat(100_000) });
    await messages.save([message]);
    await messages.react({ messageId: long, emoji: long, by: long, on: true });
    expect(await messages.find(long)).toEqual(stored(message, 1, { reactions: [{ emoji: long, count: 1 }] }));
    for (const longer of [`${long}a`, `${long.slice(2)}\0`])
      for (const asked of [
        messages.save([newMessage(longer)]),
        messages.save([newMessage('b', { conversation: longer })]),
        messages.react({ messageId: long, emoji: longer, by: 'ann', on: true }),
        messages.react({ messageId: long, emoji: '+1', by: longer, on: true }),
        messages.find(longer),
      ])
        expect(await problemOf(asked)).toEqual('invalid');
  });

  test('refuses messages that it could not give back, and saves none then', async (messages) => {
    const wrong: Partial<Record<keyof NewMessage, readonly unknown[]>> = {
      id: [...WRONG, 1, null],
      conversation: [...WRONG, 1, null],
      authorId: [...WRONG, 1],
      author: [...WRONG, 1, null],
      text: [...WRONG, 1, null],
      sentAt: [...WRONG, '1', null],
      replyTo: [...WRONG, 1],
    };
    for (const [field, values] of Object.entries(wrong))
      for (const value of values) {
        const broken = { ...newMessage('b'), [field]: value };
        expect(await problemOf(messages.save([newMessage('a'), broken])), `${field}: ${value}`).toEqual('invalid');
      }
    for (const value of [null, 'text', {}, [null]])
      expect(await problemOf(messages.save(value as readonly NewMessage[]))).toEqual('invalid');
    expect(await messages.list({ conversation: 'room:a' })).toEqual({ messages: [], more: false });
  });

  test('refuses other wrong values', async (messages) => {
    await messages.save([newMessage('a')]);
    const like = { messageId: 'a', emoji: '+1', by: 'ann', on: true };
    for (const asked of [
      messages.find(1 as unknown as string),
      messages.list({ conversation: 'room:a', limit: -1 }),
      messages.list({ conversation: 'room:a', limit: 1.5 }),
      messages.list({ conversation: 'room:a', after: null } as unknown as MessageQuery),
      messages.list({} as MessageQuery),
      messages.edit('a', 1 as unknown as string, 1),
      messages.edit('a', 'text', Number.NaN),
      messages.remove('a', 1.5),
      messages.react({ ...like, on: 1 } as unknown as Reaction),
      messages.react({ ...like, by: null } as unknown as Reaction),
      messages.prune({ count: -1 }, 10),
      messages.prune({ since: 1.5 }, 10),
      messages.prune({ count: 0 }, 0),
    ])
      expect(await problemOf(asked)).toEqual('invalid');
    expect(await messages.find('a')).toEqual(stored(newMessage('a'), 1));
  });

  test('keeps what a message is said to have, and nothing else', async (messages) => {
    const more = { ...newMessage('a'), secret: 'x', call() {} };
    await messages.save([more]);
    expect(await messages.find('a')).toEqual(stored(newMessage('a'), 1));
  });
}
