/**
 * API keys with the digests of their secrets, and what was revoked. `changed_at` never goes back, whatever the wall
 * clock does: who asks for changes must not miss one.
 *
 * @param schema Name of the schema, quoted.
 */
export const KEYS = (schema: string): string => `
  CREATE TABLE ${schema}.keys (
    id           text COLLATE "C" NOT NULL PRIMARY KEY,
    kind         text   NOT NULL,
    name         text   NOT NULL,
    user_id      text   NOT NULL,
    roles        text[] NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint,
    revoked_at   bigint,
    last_used_at bigint,
    last_four    text   NOT NULL,
    changed_at   bigint NOT NULL
  );

  CREATE INDEX keys_by_age ON ${schema}.keys (created_at, id);
  CREATE INDEX keys_by_change ON ${schema}.keys (changed_at, id);

  CREATE TABLE ${schema}.key_secrets (
    key_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    sha256 bytea  NOT NULL,
    until  bigint,
    PRIMARY KEY (key_id, number)
  );

  CREATE TABLE ${schema}.revoked_credentials (
    id    text COLLATE "C" NOT NULL PRIMARY KEY,
    at    bigint NOT NULL,
    until bigint
  );

  CREATE INDEX revoked_credentials_by_moment ON ${schema}.revoked_credentials (at, id);
  CREATE INDEX revoked_credentials_by_end ON ${schema}.revoked_credentials (until) WHERE until IS NOT NULL;

  CREATE TABLE ${schema}.revoked_users (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    at bigint NOT NULL
  );

  CREATE INDEX revoked_users_by_moment ON ${schema}.revoked_users (at, id);
`;
