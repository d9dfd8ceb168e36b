/**
 * One row for each connection whose handshake was accepted. Columns that are known only at its end are NULL until then.
 *
 * Texts that are sorted or looked up have the collation "C", which has the order of every other storage, and does not
 * change with the operating system. `user` is a word of SQL: the column is `user_id`.
 *
 * @param schema Name of the schema, quoted.
 */
export const SESSIONS = (schema: string): string => `
  CREATE TABLE ${schema}.sessions (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    hub             text COLLATE "C" NOT NULL,
    connection_id   text   NOT NULL,
    user_id         text,
    transport       text   NOT NULL,
    protocol        text,
    remote_address  text   NOT NULL,
    node_id         text,
    connected_at    bigint NOT NULL,
    disconnected_at bigint,
    duration_ms     bigint,
    messages_in     bigint,
    messages_out    bigint,
    close_reason    text
  );

  CREATE INDEX sessions_by_age ON ${schema}.sessions (connected_at, id);
  CREATE INDEX sessions_by_hub ON ${schema}.sessions (hub, connected_at, id);
  CREATE INDEX sessions_open ON ${schema}.sessions (connected_at, id) WHERE disconnected_at IS NULL;
  CREATE INDEX sessions_by_end ON ${schema}.sessions (disconnected_at, id) WHERE disconnected_at IS NOT NULL;
`;
