/**
 * What moderators have decided: sanctions and slow modes, messages that wait for them, and the audit trail.
 *
 * `sanction_changes` has one row: the latest `changed_at` that was given. It never goes back, whatever the wall clocks do,
 * and whatever is deleted. Who changes a sanction locks it until the end of the transaction, so that changes can be read
 * in the order of their moments: who asks for changes must not miss one.
 *
 * @param schema Name of the schema, quoted.
 */
export const MODERATION = (schema: string): string => `
  CREATE TABLE ${schema}.sanctions (
    kind       text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    until      bigint,
    reason     text,
    imposed_by text   NOT NULL,
    lifted_at  bigint,
    changed_at bigint NOT NULL,
    PRIMARY KEY (kind, user_id)
  );

  CREATE INDEX sanctions_in_force ON ${schema}.sanctions (kind, user_id) WHERE lifted_at IS NULL;
  CREATE UNIQUE INDEX sanctions_by_change ON ${schema}.sanctions (changed_at);
  CREATE INDEX sanctions_by_end ON ${schema}.sanctions (until) WHERE until IS NOT NULL;
  CREATE INDEX sanctions_by_lift ON ${schema}.sanctions (lifted_at) WHERE lifted_at IS NOT NULL;

  CREATE TABLE ${schema}.sanction_changes (
    last_changed_at bigint NOT NULL
  );

  INSERT INTO ${schema}.sanction_changes VALUES (0);

  CREATE TABLE ${schema}.slow_modes (
    conversation text COLLATE "C" NOT NULL PRIMARY KEY,
    seconds      bigint NOT NULL
  );

  CREATE TABLE ${schema}.held_messages (
    id           text COLLATE "C" NOT NULL PRIMARY KEY,
    held_at      bigint NOT NULL,
    author_id    text,
    author       text   NOT NULL,
    conversation text   NOT NULL,
    text         text   NOT NULL,
    reply_to     text,
    claimed_by   text,
    claimed_at   bigint
  );

  CREATE INDEX held_messages_unclaimed ON ${schema}.held_messages (held_at, id) WHERE claimed_at IS NULL;
  CREATE INDEX held_messages_claimed ON ${schema}.held_messages (claimed_at) WHERE claimed_at IS NOT NULL;

  CREATE TABLE ${schema}.audit_entries (
    id           text COLLATE "C" NOT NULL PRIMARY KEY,
    at           bigint NOT NULL,
    done_by      text   NOT NULL,
    action       text   NOT NULL,
    user_id      text COLLATE "C",
    conversation text,
    reason       text
  );

  CREATE INDEX audit_entries_by_age ON ${schema}.audit_entries (at, id);
  CREATE INDEX audit_entries_by_user ON ${schema}.audit_entries (user_id, at, id) WHERE user_id IS NOT NULL;
`;
