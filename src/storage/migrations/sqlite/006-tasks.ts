/**
 * Tasks, and what users spend. `created_by` and `ended_by` tell who has done it, so that a call may be repeated; so does
 * `added_by` of an entry. Amounts are decimal numbers as text: REAL would round them.
 *
 * An index for each list of a user's tasks (all, and those of one state), and for each look for the oldest rows.
 */
export const TASKS = `
  CREATE TABLE tasks (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    task_type  TEXT,
    owner_id   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    percent    REAL    NOT NULL,
    status     TEXT,
    message    TEXT,
    result     TEXT,
    error      TEXT,
    updated_at INTEGER NOT NULL,
    ended_at   INTEGER,
    ended_by   TEXT
  ) STRICT;

  CREATE INDEX tasks_by_owner ON tasks (owner_id, created_at, id);
  CREATE INDEX tasks_by_state ON tasks (owner_id, state, created_at, id);
  CREATE INDEX tasks_by_change ON tasks (updated_at, id);

  CREATE TABLE spend_entries (
    id       TEXT    NOT NULL PRIMARY KEY,
    owner_id TEXT    NOT NULL,
    amount   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    added_by TEXT    NOT NULL
  ) STRICT;

  CREATE INDEX spend_entries_by_age ON spend_entries (at, id);

  CREATE TABLE spend_totals (
    owner_id TEXT NOT NULL PRIMARY KEY,
    total    TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
