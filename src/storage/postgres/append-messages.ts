import type { NewMessage } from '../message-store.ts';
import type { Transaction } from './transaction.ts';

/**
 * Appends messages to their conversations, in one transaction. A message whose id is there already stays as it is.
 *
 * The rows of the conversations are locked until the end of the transaction: a position can be read only when all before
 * it can, and whoever repeats a save sees what the first attempt has done, also when that one has not ended yet. All lock
 * in the order of the names, so that two never wait for each other.
 */
export async function appendMessages(
  transaction: Transaction,
  schema: string,
  messages: readonly NewMessage[],
): Promise<void> {
  const names = [...new Set(messages.map(({ conversation }) => conversation))];
  await transaction.run(
    `INSERT INTO ${schema}.conversations (name, last_position)
     SELECT name, 0 FROM unnest($1::text[]) AS given (name) ORDER BY name COLLATE "C" ON CONFLICT (name) DO NOTHING`,
    [names],
  );
  await transaction.query(`SELECT name FROM ${schema}.conversations WHERE name = ANY($1) ORDER BY name FOR UPDATE`, [
    names,
  ]);
  // A statement sees what was committed before it began: this one begins when the rows are locked.
  const unique = firstOfEachId(messages);
  await transaction.run(append(schema), [
    unique.map(({ id }) => id),
    unique.map(({ conversation }) => conversation),
    unique.map(({ authorId }) => authorId),
    unique.map(({ author }) => author),
    unique.map(({ text }) => text),
    unique.map(({ sentAt }) => sentAt),
    unique.map(({ replyTo }) => replyTo),
  ]);
}

function firstOfEachId(messages: readonly NewMessage[]): readonly NewMessage[] {
  const first = new Map<string, NewMessage>();
  for (const message of messages) if (!first.has(message.id)) first.set(message.id, message);
  return [...first.values()];
}

/**
 * Inserts in the order of the ids. When two give the same new id to different conversations at the same time, one waits
 * for the other, and is refused: its positions are not given then.
 */
const append = (schema: string) => `
  WITH fresh AS (
    SELECT given.*, row_number() OVER (PARTITION BY conversation ORDER BY place) AS nth
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[]) WITH ORDINALITY
      AS given (id, conversation, author_id, author, text, sent_at, reply_to, place)
    WHERE NOT EXISTS (SELECT FROM ${schema}.messages WHERE messages.id = given.id)
  ), grown AS (
    UPDATE ${schema}.conversations SET last_position = last_position + added.number
    FROM (SELECT conversation, count(*) AS number FROM fresh GROUP BY conversation) AS added
    WHERE conversations.name = added.conversation
    RETURNING conversations.name, conversations.last_position - added.number AS before
  )
  INSERT INTO ${schema}.messages (id, conversation, author_id, author, text, sent_at, reply_to, position)
  SELECT id, conversation, author_id, author, text, sent_at, reply_to, before + nth
  FROM fresh JOIN grown ON grown.name = fresh.conversation ORDER BY id COLLATE "C"`;
