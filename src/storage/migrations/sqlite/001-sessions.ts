/**
 * One row for each connection whose handshake was accepted. Columns that are known only at its end are NULL until then.
 */
export const SESSIONS = `
  CREATE TABLE sessions (
    id              TEXT    NOT NULL PRIMARY KEY,
    hub             TEXT    NOT NULL,
    connection_id   TEXT    NOT NULL,
    user            TEXT,
    transport       TEXT    NOT NULL,
    remote_address  TEXT    NOT NULL,
    connected_at    INTEGER NOT NULL,
    disconnected_at INTEGER,
    duration_ms     INTEGER,
    messages_in     INTEGER,
    messages_out    INTEGER,
    close_reason    TEXT
  ) STRICT;

  CREATE INDEX sessions_by_age ON sessions (connected_at, id);
  CREATE INDEX sessions_open ON sessions (connected_at, id) WHERE disconnected_at IS NULL;
`;
