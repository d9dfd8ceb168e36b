/**
 * Conversations, their messages, and who has reacted to them.
 *
 * A conversation stays when its messages are deleted by age: with `last_position` no position is given twice.
 * `messages.reactions` is a JSON list of the kinds with the number of users of each, so that a page of messages is read
 * without the reactions of every user.
 */
export const MESSAGES = `
  CREATE TABLE conversations (
    name          TEXT    NOT NULL PRIMARY KEY,
    last_position INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE messages (
    id           TEXT    NOT NULL PRIMARY KEY,
    conversation TEXT    NOT NULL,
    position     INTEGER NOT NULL,
    author_id    TEXT,
    author       TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    sent_at      INTEGER NOT NULL,
    reply_to     TEXT,
    edited_at    INTEGER,
    deleted_at   INTEGER,
    reactions    TEXT    NOT NULL
  ) STRICT;

  CREATE UNIQUE INDEX messages_by_position ON messages (conversation, position);
  CREATE INDEX messages_by_age ON messages (sent_at, id);

  CREATE TABLE reactions (
    message_id TEXT NOT NULL,
    emoji      TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
  ) STRICT, WITHOUT ROWID;
`;
