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
import { MESSAGE_COLUMNS } from '../rows/message-columns.ts';
import { counted, hasRoomFor } from '../rows/reaction-counts.ts';
import { selected } from '../rows/selected.ts';
import { appendMessages } from './append-messages.ts';
import { pruneRows } from './old-rows.ts';
import type { Transact, Transaction } from './transaction.ts';

const SELECTED = `${selected(MESSAGE_COLUMNS)}, reaction_kinds AS kinds, reaction_counts AS counts`;

/** Reactions to a message: the kinds, and in the same order the number of users of each. */
interface Reactions {
  readonly kinds: readonly string[];
  readonly counts: readonly number[];
}

type Flat = Omit<StoredMessage, 'reactions'> & Reactions;

/** Messages in PostgreSQL. What they are given has been checked: see `MESSAGE_ARGUMENTS`. */
export class PostgresMessages implements MessageStore {
  readonly #transact: Transact;
  readonly #schema: string;

  /** @param schema Name of the schema, quoted. */
  constructor(transact: Transact, schema: string) {
    this.#transact = transact;
    this.#schema = schema;
  }

  save(messages: readonly NewMessage[]): Promise<void> {
    return this.#transact((transaction) => appendMessages(transaction, this.#schema, messages));
  }

  find(id: string): Promise<StoredMessage | undefined> {
    return this.#transact((transaction) => this.#find(transaction, id));
  }

  list(query: MessageQuery): Promise<MessagePage | undefined> {
    const { conversation, before, after, limit = MESSAGE_PAGE } = query;
    return this.#transact(async (transaction) => {
      const positions = await this.#positions(transaction, conversation, [before ?? null, after ?? null]);
      if (positions === undefined) return undefined;
      // One more than wanted, to see whether there is more.
      const rows = await transaction.query<Flat>(
        `SELECT ${SELECTED} FROM ${this.#schema}.messages
         WHERE conversation = $1 AND ($2::bigint IS NULL OR position < $2) AND ($3::bigint IS NULL OR position > $3)
         ORDER BY position ${after === undefined ? 'DESC' : 'ASC'} LIMIT $4`,
        [conversation, ...positions, limit + 1],
      );
      const messages = rows.slice(0, limit).map(messageOf);
      return { messages: after === undefined ? messages.reverse() : messages, more: rows.length > limit };
    });
  }

  edit(id: string, text: string, editedAt: number): Promise<StoredMessage | undefined> {
    return this.#transact(async (transaction) => {
      const [flat] = await transaction.query<Flat>(
        `UPDATE ${this.#schema}.messages SET text = $2, edited_at = $3 WHERE id = $1 AND deleted_at IS NULL
         RETURNING ${SELECTED}`,
        [id, text, editedAt],
      );
      return flat && messageOf(flat);
    });
  }

  remove(id: string, deletedAt: number): Promise<StoredMessage | undefined> {
    return this.#transact(async (transaction) => {
      const changed = await transaction.run(
        `UPDATE ${this.#schema}.messages
         SET text = '', reaction_kinds = '{}', reaction_counts = '{}', deleted_at = $2
         WHERE id = $1 AND deleted_at IS NULL`,
        [id, deletedAt],
      );
      if (changed > 0) await this.#forgetReactions(transaction, [id]);
      return this.#find(transaction, id);
    });
  }

  react({ messageId, emoji, by, on }: Reaction): Promise<readonly ReactionCount[] | undefined> {
    return this.#transact(async (transaction) => {
      // Locked, so that nobody else counts, deletes the message, or deletes its reactions meanwhile.
      const [found] = await transaction.query<Reactions>(
        `SELECT reaction_kinds AS kinds, reaction_counts AS counts FROM ${this.#schema}.messages
         WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`,
        [messageId],
      );
      if (found === undefined) return undefined;
      const reactions = reactionsOf(found);
      if (on && !hasRoomFor(emoji, reactions)) return reactions;
      const changed = await transaction.run(
        on
          ? `INSERT INTO ${this.#schema}.reactions (message_id, emoji, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
          : `DELETE FROM ${this.#schema}.reactions WHERE message_id = $1 AND emoji = $2 AND user_id = $3`,
        [messageId, emoji, by],
      );
      if (changed === 0) return reactions;
      const after = counted(reactions, emoji, on ? 1 : -1);
      await transaction.run(
        `UPDATE ${this.#schema}.messages SET reaction_kinds = $2, reaction_counts = $3 WHERE id = $1`,
        [messageId, after.map((reaction) => reaction.emoji), after.map((reaction) => reaction.count)],
      );
      return after;
    });
  }

  prune(kept: Kept, limit: number): Promise<number> {
    return this.#transact(async (transaction) => {
      const name = `${this.#schema}.messages`;
      const ids = await pruneRows(transaction, { name, at: 'sent_at' }, kept, limit);
      // In a statement of its own: it sees what was added to a message until its row was locked.
      if (ids.length > 0) await this.#forgetReactions(transaction, ids);
      return ids.length;
    });
  }

  async #find(transaction: Transaction, id: string): Promise<StoredMessage | undefined> {
    const [flat] = await transaction.query<Flat>(`SELECT ${SELECTED} FROM ${this.#schema}.messages WHERE id = $1`, [
      id,
    ]);
    return flat && messageOf(flat);
  }

  /** Positions of messages of a conversation; null for null. undefined: one of them is not there. */
  async #positions(
    transaction: Transaction,
    conversation: string,
    ids: readonly (string | null)[],
  ): Promise<readonly (number | null)[] | undefined> {
    const wanted = ids.filter((id) => id !== null);
    if (wanted.length === 0) return ids.map(() => null);
    const found = await transaction.query<{ readonly id: string; readonly position: number }>(
      `SELECT id, position FROM ${this.#schema}.messages WHERE id = ANY($1) AND conversation = $2`,
      [wanted, conversation],
    );
    const positions = new Map<string | null, number>(found.map(({ id, position }) => [id, position]));
    return wanted.every((id) => positions.has(id)) ? ids.map((id) => positions.get(id) ?? null) : undefined;
  }

  async #forgetReactions(transaction: Transaction, messageIds: readonly string[]): Promise<void> {
    await transaction.run(`DELETE FROM ${this.#schema}.reactions WHERE message_id = ANY($1)`, [messageIds]);
  }
}

function messageOf({ kinds, counts, ...message }: Flat): StoredMessage {
  return { ...message, reactions: reactionsOf({ kinds, counts }) };
}

function reactionsOf({ kinds, counts }: Reactions): readonly ReactionCount[] {
  return kinds.map((emoji, at) => ({ emoji, count: counts[at] ?? 0 }));
}
