/**
 * API keys with the digests of their secrets, and what was revoked. `changed_at` never goes back, whatever the wall
 * clock does: who asks for changes must not miss one.
 */
export const KEYS = `
  CREATE TABLE keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    roles        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER,
    last_four    TEXT    NOT NULL,
    changed_at   INTEGER NOT NULL
  ) STRICT;

  CREATE INDEX keys_by_age ON keys (created_at, id);
  CREATE INDEX keys_by_change ON keys (changed_at, id);

  CREATE TABLE key_secrets (
    key_id TEXT    NOT NULL,
    number INTEGER NOT NULL,
    sha256 BLOB    NOT NULL,
    until  INTEGER,
    PRIMARY KEY (key_id, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE revoked_credentials (
    id    TEXT    NOT NULL PRIMARY KEY,
    at    INTEGER NOT NULL,
    until INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX revoked_credentials_by_moment ON revoked_credentials (at, id);
  CREATE INDEX revoked_credentials_by_end ON revoked_credentials (until) WHERE until IS NOT NULL;

  CREATE TABLE revoked_users (
    id TEXT    NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX revoked_users_by_moment ON revoked_users (at, id);
`;
