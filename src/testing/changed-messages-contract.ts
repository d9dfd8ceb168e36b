import { type MessageStore, REACTION_KINDS, type ReactionCount } from '../storage/message-store.ts';
import { newMessage, stored } from './messages.ts';
import type { StoreTest } from './opened-store.ts';
import type { TestFramework } from './test-framework.ts';

/** The part of the contract of a store of messages about those that are edited, deleted, or reacted to. */
export function changedMessagesContract({ expect }: TestFramework, test: StoreTest<MessageStore>): void {
  /** A user reacts to the message `a`, or takes it back. */
  function react(
    messages: MessageStore,
    emoji: string,
    by: string,
    on = true,
  ): Promise<readonly ReactionCount[] | undefined> {
    return messages.react({ messageId: 'a', emoji, by, on });
  }

  test('edits a message', async (messages) => {
    await messages.save([newMessage('a'), newMessage('b')]);
    const edited = stored(newMessage('a', { text: 'new' }), 1, { editedAt: 7_000 });
    expect(await messages.edit('a', 'new', 7_000)).toEqual(edited);
    expect(await messages.find('a')).toEqual(edited);
    expect(await messages.find('b')).toEqual(stored(newMessage('b'), 2));
    expect((await messages.edit('a', 'newer', 6_000))?.text).toEqual('newer');
    expect(await messages.edit('x', 'new', 7_000)).toEqual(undefined);
  });

  test('deletes a message, and leaves its place', async (messages) => {
    await messages.save([newMessage('a'), newMessage('b')]);
    await messages.edit('a', 'new', 7_000);
    await react(messages, '+1', 'ann');
    const deleted = stored(newMessage('a', { text: '' }), 1, { editedAt: 7_000, deletedAt: 8_000 });
    expect(await messages.remove('a', 8_000)).toEqual(deleted);
    expect(await messages.remove('a', 9_000)).toEqual(deleted);
    expect(await messages.find('a')).toEqual(deleted);
    expect((await messages.list({ conversation: 'room:a' }))?.messages).toEqual([deleted, stored(newMessage('b'), 2)]);
    expect(await messages.remove('x', 8_000)).toEqual(undefined);
  });

  test('changes no message that was deleted', async (messages) => {
    await messages.save([newMessage('a')]);
    await messages.remove('a', 8_000);
    const deleted = await messages.find('a');
    expect(await messages.edit('a', 'new', 9_000)).toEqual(undefined);
    expect(await react(messages, '+1', 'ann')).toEqual(undefined);
    expect(await react(messages, '+1', 'ann', false)).toEqual(undefined);
    await messages.save([newMessage('a')]);
    expect(await messages.find('a')).toEqual(deleted);
  });

  test('counts the users of each kind of reaction, each once', async (messages) => {
    await messages.save([newMessage('a'), newMessage('b')]);
    expect(await react(messages, '❤', 'ann')).toEqual([{ emoji: '❤', count: 1 }]);
    await react(messages, '+1', 'ann');
    await react(messages, '❤', 'bob');
    expect(await react(messages, '❤', 'bob')).toEqual([
      { emoji: '❤', count: 2 },
      { emoji: '+1', count: 1 },
    ]);
    expect((await messages.find('a'))?.reactions).toEqual([
      { emoji: '❤', count: 2 },
      { emoji: '+1', count: 1 },
    ]);
    expect((await messages.find('b'))?.reactions).toEqual([]);
    expect(await messages.react({ messageId: 'x', emoji: '+1', by: 'ann', on: true })).toEqual(undefined);
  });

  test('takes reactions back, and has a kind last that comes again', async (messages) => {
    await messages.save([newMessage('a')]);
    for (const [emoji, by] of [
      ['1', 'ann'],
      ['0', 'ann'],
      ['0', 'bob'],
    ] as const)
      await react(messages, emoji, by);
    expect(await react(messages, '0', 'zoe', false)).toEqual([
      { emoji: '1', count: 1 },
      { emoji: '0', count: 2 },
    ]);
    expect(await react(messages, '0', 'ann', false)).toEqual([
      { emoji: '1', count: 1 },
      { emoji: '0', count: 1 },
    ]);
    expect(await react(messages, '1', 'ann', false)).toEqual([{ emoji: '0', count: 1 }]);
    expect(await react(messages, '1', 'bob')).toEqual([
      { emoji: '0', count: 1 },
      { emoji: '1', count: 1 },
    ]);
    await react(messages, '0', 'bob', false);
    expect(await react(messages, '1', 'bob', false)).toEqual([]);
  });

  test(`counts reactions of ${REACTION_KINDS} kinds to a message, and no more`, async (messages) => {
    await messages.save([newMessage('a')]);
    const all = Array.from({ length: REACTION_KINDS }, (_, kind) => ({ emoji: `:${kind}:`, count: 1 }));
    for (const { emoji } of all) await react(messages, emoji, 'ann');
    expect(await react(messages, ':new:', 'ann')).toEqual(all);
    expect((await react(messages, ':0:', 'bob'))?.[0]).toEqual({ emoji: ':0:', count: 2 });
    await react(messages, ':1:', 'ann', false);
    expect((await react(messages, ':new:', 'ann'))?.at(-1)).toEqual({ emoji: ':new:', count: 1 });
    expect((await react(messages, ':1:', 'ann'))?.length).toEqual(REACTION_KINDS);
  });

  test('deletes reactions with their message', async (messages) => {
    await messages.save([newMessage('a')]);
    await react(messages, '+1', 'ann');
    await messages.prune({ count: 0 }, 100);
    await messages.save([newMessage('a')]);
    expect((await messages.find('a'))?.reactions).toEqual([]);
    expect(await react(messages, '+1', 'ann')).toEqual([{ emoji: '+1', count: 1 }]);
  });
}
