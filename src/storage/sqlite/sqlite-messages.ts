import type { MessageStore } from '../message-store.ts';
import { remoteStore } from './remote-store.ts';
import type { CallThread } from './topics.ts';

/** Makes a store of messages in a SQLite database, which a thread of its own reads and writes. */
export function sqliteMessages(call: CallThread): MessageStore {
  const methods = { save: true, find: true, list: true, edit: true, remove: true, react: true, prune: true } as const;
  return remoteStore<MessageStore>('messages', methods, call);
}
