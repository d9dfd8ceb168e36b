/**
 * Users in groups, and requests that are done once.
 *
 * `number` counts up with each membership of a user without an end (`until` is NULL): the moment of the wall clock would
 * not tell which of them is the oldest after the clock was set back. `until` of a request is the end of its claim, then
 * of its answer.
 *
 * `memberships_by_group` has all columns that are read: otherwise SQLite would rather read all users of the hub, which
 * are in the order that is asked for.
 */
export const MEMBERSHIPS = `
  CREATE TABLE memberships (
    hub        TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    group_name TEXT    NOT NULL,
    until      INTEGER,
    number     INTEGER NOT NULL,
    PRIMARY KEY (hub, user_id, group_name)
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX memberships_by_group ON memberships (hub, group_name, user_id, until);
  CREATE INDEX memberships_by_number ON memberships (hub, user_id, number) WHERE until IS NULL;
  CREATE INDEX memberships_by_end ON memberships (until) WHERE until IS NOT NULL;

  CREATE TABLE requests (
    id          TEXT    NOT NULL PRIMARY KEY,
    claimed_by  TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    until       INTEGER NOT NULL,
    answer      TEXT
  ) STRICT;

  CREATE INDEX requests_by_end ON requests (until);
`;
