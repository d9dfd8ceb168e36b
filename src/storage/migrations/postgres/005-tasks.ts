/**
 * Tasks, and what users spend: the same tables as in SQLite, where 006-tasks.ts explains them. Amounts are `numeric`,
 * which is exact. Texts in an order have the collation "C": by code points, whatever the database's language.
 */
export const tasks = (schema: string): string => `
  CREATE TABLE ${schema}.tasks (
    id         text COLLATE "C" PRIMARY KEY,
    kind       text             NOT NULL,
    task_type  text,
    owner_id   text COLLATE "C" NOT NULL,
    created_at bigint           NOT NULL,
    created_by text             NOT NULL,
    state      text COLLATE "C" NOT NULL,
    percent    double precision NOT NULL,
    status     text,
    message    text,
    result     text,
    error      text,
    updated_at bigint           NOT NULL,
    ended_at   bigint,
    ended_by   text
  );

  CREATE INDEX tasks_by_owner ON ${schema}.tasks (owner_id, created_at, id);
  CREATE INDEX tasks_by_state ON ${schema}.tasks (owner_id, state, created_at, id);
  CREATE INDEX tasks_by_change ON ${schema}.tasks (updated_at, id);

  CREATE TABLE ${schema}.spend_entries (
    id       text COLLATE "C" PRIMARY KEY,
    owner_id text COLLATE "C" NOT NULL,
    amount   numeric          NOT NULL,
    at       bigint           NOT NULL,
    added_by text             NOT NULL
  );

  CREATE INDEX spend_entries_by_age ON ${schema}.spend_entries (at, id);

  CREATE TABLE ${schema}.spend_totals (
    owner_id text COLLATE "C" PRIMARY KEY,
    total    numeric          NOT NULL
  );
`;
