/**
 * Conversations, their messages, and who has reacted to them.
 *
 * A conversation stays when its messages are deleted by age: with `last_position` no position is given twice. Its row is
 * also what those lock who append to it. `messages` has the kinds of reactions with the number of users of each, so that
 * a page of messages is read without the reactions of every user.
 *
 * @param schema Name of the schema, quoted.
 */
export const MESSAGES = (schema: string): string => `
  CREATE TABLE ${schema}.conversations (
    name          text COLLATE "C" NOT NULL PRIMARY KEY,
    last_position bigint NOT NULL
  );

  CREATE TABLE ${schema}.messages (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    conversation    text COLLATE "C" NOT NULL,
    position        bigint NOT NULL,
    author_id       text,
    author          text   NOT NULL,
    text            text   NOT NULL,
    sent_at         bigint NOT NULL,
    reply_to        text,
    edited_at       bigint,
    deleted_at      bigint,
    reaction_kinds  text[]    NOT NULL DEFAULT '{}',
    reaction_counts integer[] NOT NULL DEFAULT '{}'
  );

  CREATE UNIQUE INDEX messages_by_position ON ${schema}.messages (conversation, position);
  CREATE INDEX messages_by_age ON ${schema}.messages (sent_at, id);

  CREATE TABLE ${schema}.reactions (
    message_id text COLLATE "C" NOT NULL,
    emoji      text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
  );
`;
