import type { NewMessage, StoredMessage } from '../message-store.ts';

/** Columns of the table of messages, by the fields of a message that is sent. */
export const NEW_MESSAGE_COLUMNS = {
  id: 'id',
  conversation: 'conversation',
  authorId: 'author_id',
  author: 'author',
  text: 'text',
  sentAt: 'sent_at',
  replyTo: 'reply_to',
} satisfies Record<keyof NewMessage, string>;

/** The same by the fields of a message that is kept, without its reactions, which every database has in its own way. */
export const MESSAGE_COLUMNS = {
  ...NEW_MESSAGE_COLUMNS,
  position: 'position',
  editedAt: 'edited_at',
  deletedAt: 'deleted_at',
} satisfies Record<Exclude<keyof StoredMessage, 'reactions'>, string>;
