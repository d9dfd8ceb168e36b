import type { NewMessage, StoredMessage } from '../storage/message-store.ts';

/** A message of the conversation `room:a`, if nothing else is said. */
export function newMessage(id: string, more: Partial<NewMessage> = {}): NewMessage {
  return {
    id,
    conversation: 'room:a',
    authorId: 'ann',
    author: 'Ann',
    text: `text of ${id}`,
    sentAt: 1_000,
    replyTo: null,
    ...more,
  };
}

/** The same message as it is kept when nobody has changed it. */
export function stored(message: NewMessage, position: number, more: Partial<StoredMessage> = {}): StoredMessage {
  return { ...message, position, editedAt: null, deletedAt: null, reactions: [], ...more };
}

/** Messages with the ids 0, 1, ... of a conversation. */
export function manyMessages(count: number, more: Partial<NewMessage> = {}): readonly NewMessage[] {
  return Array.from({ length: count }, (_, n) => newMessage(`${n}`, more));
}
