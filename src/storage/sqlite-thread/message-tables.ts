import type Database from 'better-sqlite3';
import {
  MESSAGE_PAGE,
  type MessagePage,
  type MessageQuery,
  type MessageStore,
  type NewMessage,
  type Reaction,
  type ReactionCount,
  type StoredMessage,
} from '../message-store.ts';
import type { Kept } from '../retained.ts';
import { MESSAGE_COLUMNS, NEW_MESSAGE_COLUMNS } from '../rows/message-columns.ts';
import { counted, hasRoomFor } from '../rows/reaction-counts.ts';
import { selected } from '../rows/selected.ts';
import type { InThread } from '../sqlite/in-thread.ts';
import { pruneRows } from './old-rows.ts';

const SELECTED = `${selected(MESSAGE_COLUMNS)}, reactions`;
const FIELDS = Object.keys(NEW_MESSAGE_COLUMNS).map((field) => `@${field}`);

const NEXT_POSITION = `INSERT INTO conversations (name, last_position) VALUES (?, 1)
  ON CONFLICT (name) DO UPDATE SET last_position = last_position + 1 RETURNING last_position`;

const APPEND = `INSERT INTO messages (${Object.values(NEW_MESSAGE_COLUMNS).join(', ')}, position, reactions)
  VALUES (${FIELDS.join(', ')}, @position, '[]')`;

/** One that is deleted stays as it is. */
const EDIT = `UPDATE messages SET text = @text, edited_at = @editedAt WHERE id = @id AND deleted_at IS NULL`;
const REMOVE = `UPDATE messages SET text = '', reactions = '[]', deleted_at = @deletedAt
  WHERE id = @id AND deleted_at IS NULL`;

const REACT =
  'INSERT INTO reactions (message_id, emoji, user_id) VALUES (@messageId, @emoji, @by) ON CONFLICT DO NOTHING';
const TAKE_BACK = 'DELETE FROM reactions WHERE message_id = @messageId AND emoji = @emoji AND user_id = @by';

/** `reactions`: a JSON list of `ReactionCount`. */
type Flat = Omit<StoredMessage, 'reactions'> & { readonly reactions: string };

/** Statements on the tables of messages in one open database. */
export class MessageTables implements InThread<MessageStore> {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  save(messages: readonly NewMessage[]): void {
    const known = this.#database.prepare<[string]>('SELECT 1 FROM messages WHERE id = ?').pluck();
    const next = this.#database.prepare<[string], number>(NEXT_POSITION).pluck();
    const append = this.#database.prepare(APPEND);
    const saveAll = this.#database.transaction(() => {
      for (const message of messages) {
        if (known.get(message.id) !== undefined) continue;
        append.run({ ...message, position: next.get(message.conversation) });
      }
    });
    saveAll.immediate();
  }

  find(id: string): StoredMessage | undefined {
    const flat = this.#database.prepare<[string], Flat>(`SELECT ${SELECTED} FROM messages WHERE id = ?`).get(id);
    return flat && messageOf(flat);
  }

  list(query: MessageQuery): MessagePage | undefined {
    // One snapshot: the messages that the query names are there as long as the page is read.
    return this.#database.transaction(() => this.#list(query))();
  }

  #list({ conversation, before, after, limit = MESSAGE_PAGE }: MessageQuery): MessagePage | undefined {
    const [from, to] = [this.#position(after, conversation), this.#position(before, conversation)];
    if ((after !== undefined && from === undefined) || (before !== undefined && to === undefined)) return undefined;
    const conditions = [
      'conversation = @conversation',
      ...(from === undefined ? [] : ['position > @from']),
      ...(to === undefined ? [] : ['position < @to']),
    ];
    // One more than wanted, to see whether there is more.
    const rows = this.#database
      .prepare<[object], Flat>(
        `SELECT ${SELECTED} FROM messages WHERE ${conditions.join(' AND ')}
         ORDER BY position ${after === undefined ? 'DESC' : 'ASC'} LIMIT @most`,
      )
      .all({ conversation, from, to, most: limit + 1 });
    const messages = rows.slice(0, limit).map(messageOf);
    return { messages: after === undefined ? messages.reverse() : messages, more: rows.length > limit };
  }

  edit(id: string, text: string, editedAt: number): StoredMessage | undefined {
    const edit = this.#database.transaction(() =>
      this.#database.prepare(EDIT).run({ id, text, editedAt }).changes === 0 ? undefined : this.find(id),
    );
    return edit.immediate();
  }

  remove(id: string, deletedAt: number): StoredMessage | undefined {
    const remove = this.#database.transaction(() => {
      const { changes } = this.#database.prepare(REMOVE).run({ id, deletedAt });
      if (changes > 0) this.#forgetReactions([id]);
      return this.find(id);
    });
    return remove.immediate();
  }

  react(reaction: Reaction): readonly ReactionCount[] | undefined {
    return this.#database.transaction(() => this.#react(reaction)).immediate();
  }

  #react({ messageId, emoji, by, on }: Reaction): readonly ReactionCount[] | undefined {
    const message = this.find(messageId);
    if (message === undefined || message.deletedAt !== null) return undefined;
    const { reactions } = message;
    if (on && !hasRoomFor(emoji, reactions)) return reactions;
    const { changes } = this.#database.prepare(on ? REACT : TAKE_BACK).run({ messageId, emoji, by });
    if (changes === 0) return reactions;
    const counts = counted(reactions, emoji, on ? 1 : -1);
    this.#database.prepare('UPDATE messages SET reactions = ? WHERE id = ?').run(JSON.stringify(counts), messageId);
    return counts;
  }

  prune(kept: Kept, limit: number): number {
    const prune = this.#database.transaction(() => {
      const ids = pruneRows(this.#database, { name: 'messages', at: 'sent_at' }, kept, limit);
      this.#forgetReactions(ids);
      return ids.length;
    });
    return prune.immediate();
  }

  #position(id: string | undefined, conversation: string): number | undefined {
    if (id === undefined) return undefined;
    return this.#database
      .prepare<[string, string], number>('SELECT position FROM messages WHERE id = ? AND conversation = ?')
      .pluck()
      .get(id, conversation);
  }

  #forgetReactions(messageIds: readonly string[]): void {
    const forget = this.#database.prepare('DELETE FROM reactions WHERE message_id = ?');
    for (const id of messageIds) forget.run(id);
  }
}

function messageOf(flat: Flat): StoredMessage {
  return { ...flat, reactions: JSON.parse(flat.reactions) as readonly ReactionCount[] };
}
