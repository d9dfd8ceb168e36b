import {
  MESSAGE_PAGE,
  type MessagePage,
  type MessageQuery,
  type MessageStore,
  type NewMessage,
  REACTION_KINDS,
  type Reaction,
  type ReactionCount,
  type StoredMessage,
} from '../message-store.ts';
import type { Kept } from '../retained.ts';
import { StorageError } from '../storage.ts';
import { prunable } from './old-rows.ts';

interface Entry {
  message: Omit<StoredMessage, 'reactions'>;
  /** Users who have reacted, by the kinds of their reactions. The kind that came first is the first. */
  readonly reactions: Map<string, Set<string>>;
}

interface Conversation {
  /** The last one that was given: none is given twice. */
  lastPosition: number;
  /** In the order of their positions. */
  entries: Entry[];
}

/** Messages in memory, all of them until they are pruned. */
export class MemoryMessages implements MessageStore {
  /** Whether calls are answered: the storage is open. */
  isOpen = false;
  readonly #entries = new Map<string, Entry>();
  readonly #conversations = new Map<string, Conversation>();

  async save(messages: readonly NewMessage[]): Promise<void> {
    this.#checkOpen();
    for (const message of messages) if (!this.#entries.has(message.id)) this.#append(message);
  }

  async find(id: string): Promise<StoredMessage | undefined> {
    this.#checkOpen();
    return shown(this.#entries.get(id));
  }

  async list(query: MessageQuery): Promise<MessagePage | undefined> {
    this.#checkOpen();
    const { conversation, before, after, limit = MESSAGE_PAGE } = query;
    const [from, to] = [this.#position(after, conversation, 0), this.#position(before, conversation, Infinity)];
    if (from === undefined || to === undefined) return undefined;
    const fitting = (this.#conversations.get(conversation)?.entries ?? []).filter(
      ({ message: { position } }) => position > from && position < to,
    );
    const begin = after === undefined ? Math.max(0, fitting.length - limit) : 0;
    const messages = fitting.slice(begin, begin + limit).flatMap((entry) => shown(entry) ?? []);
    return { messages, more: fitting.length > messages.length };
  }

  async edit(id: string, text: string, editedAt: number): Promise<StoredMessage | undefined> {
    this.#checkOpen();
    const entry = this.#notDeleted(id);
    if (entry !== undefined) entry.message = { ...entry.message, text, editedAt };
    return shown(entry);
  }

  async remove(id: string, deletedAt: number): Promise<StoredMessage | undefined> {
    this.#checkOpen();
    const entry = this.#notDeleted(id);
    if (entry !== undefined) entry.message = { ...entry.message, text: '', deletedAt };
    entry?.reactions.clear();
    return shown(this.#entries.get(id));
  }

  async react({ messageId, emoji, by, on }: Reaction): Promise<readonly ReactionCount[] | undefined> {
    this.#checkOpen();
    const entry = this.#notDeleted(messageId);
    if (entry === undefined) return undefined;
    const { reactions } = entry;
    const users = reactions.get(emoji) ?? new Set();
    if (on) users.add(by);
    else users.delete(by);
    if (users.size === 0) reactions.delete(emoji);
    else if (reactions.size < REACTION_KINDS) reactions.set(emoji, users);
    return countsOf(entry);
  }

  async prune(kept: Kept, limit: number): Promise<number> {
    this.#checkOpen();
    const rows = [...this.#entries.values()].map(({ message: { id, sentAt } }) => ({ id, at: sentAt }));
    const ids = prunable(rows, kept, limit);
    for (const id of ids) this.#entries.delete(id);
    for (const conversation of ids.length === 0 ? [] : this.#conversations.values())
      conversation.entries = conversation.entries.filter(({ message }) => this.#entries.has(message.id));
    return ids.length;
  }

  #append(message: NewMessage): void {
    const conversation = this.#conversations.get(message.conversation) ?? { lastPosition: 0, entries: [] };
    const position = conversation.lastPosition + 1;
    const entry = { message: { ...message, position, editedAt: null, deletedAt: null }, reactions: new Map() };
    conversation.lastPosition = position;
    conversation.entries.push(entry);
    this.#conversations.set(message.conversation, conversation);
    this.#entries.set(message.id, entry);
  }

  /** Position of a message of the conversation, or `otherwise` when there is no id. undefined: there is none. */
  #position(id: string | undefined, conversation: string, otherwise: number): number | undefined {
    if (id === undefined) return otherwise;
    const message = this.#entries.get(id)?.message;
    return message?.conversation === conversation ? message.position : undefined;
  }

  #notDeleted(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    return entry?.message.deletedAt === null ? entry : undefined;
  }

  #checkOpen(): void {
    if (!this.isOpen) throw new StorageError('closed', 'The storage is not open.');
  }
}

function shown(entry: Entry | undefined): StoredMessage | undefined {
  return entry && { ...entry.message, reactions: countsOf(entry) };
}

function countsOf({ reactions }: Entry): readonly ReactionCount[] {
  return [...reactions].map(([emoji, users]) => ({ emoji, count: users.size }));
}
