import type { MessageStore } from '../message-store.ts';
import { MESSAGE_METHODS } from '../rows/store-methods.ts';
import { remoteStore } from './remote-store.ts';
import type { CallThread } from './topics.ts';

/** Makes a store of messages in a SQLite database, which a thread of its own reads and writes. */
export function sqliteMessages(call: CallThread): MessageStore {
  return remoteStore<MessageStore>('messages', MESSAGE_METHODS, call);
}
