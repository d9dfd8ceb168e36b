/**
 * What moderators have decided: sanctions and slow modes, messages that wait for them, and the audit trail.
 *
 * `sanction_changes` has one row: the latest `changed_at` that was given. It never goes back, whatever the wall clock
 * does, and whatever is deleted: who asks for changes must not miss one.
 */
export const MODERATION = `
  CREATE TABLE sanctions (
    kind       TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    until      INTEGER,
    reason     TEXT,
    imposed_by TEXT    NOT NULL,
    lifted_at  INTEGER,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (kind, user_id)
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX sanctions_in_force ON sanctions (kind, user_id) WHERE lifted_at IS NULL;
  CREATE UNIQUE INDEX sanctions_by_change ON sanctions (changed_at);
  CREATE INDEX sanctions_by_end ON sanctions (until) WHERE until IS NOT NULL;
  CREATE INDEX sanctions_by_lift ON sanctions (lifted_at) WHERE lifted_at IS NOT NULL;

  CREATE TABLE sanction_changes (
    last_changed_at INTEGER NOT NULL
  ) STRICT;

  INSERT INTO sanction_changes VALUES (0);

  CREATE TABLE slow_modes (
    conversation TEXT    NOT NULL PRIMARY KEY,
    seconds      INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE held_messages (
    id           TEXT    NOT NULL PRIMARY KEY,
    held_at      INTEGER NOT NULL,
    author_id    TEXT,
    author       TEXT    NOT NULL,
    conversation TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    reply_to     TEXT,
    claimed_by   TEXT,
    claimed_at   INTEGER
  ) STRICT;

  CREATE INDEX held_messages_unclaimed ON held_messages (held_at, id) WHERE claimed_at IS NULL;
  CREATE INDEX held_messages_claimed ON held_messages (claimed_at) WHERE claimed_at IS NOT NULL;

  CREATE TABLE audit_entries (
    id           TEXT    NOT NULL PRIMARY KEY,
    at           INTEGER NOT NULL,
    done_by      TEXT    NOT NULL,
    action       TEXT    NOT NULL,
    user_id      TEXT,
    conversation TEXT,
    reason       TEXT
  ) STRICT;

  CREATE INDEX audit_entries_by_age ON audit_entries (at, id);
  CREATE INDEX audit_entries_by_user ON audit_entries (user_id, at, id) WHERE user_id IS NOT NULL;
`;
