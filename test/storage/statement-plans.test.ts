import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { tasks } from '../../src/storage/migrations/postgres/005-tasks.ts';
import { memberships } from '../../src/storage/migrations/postgres/006-memberships.ts';
import { PostgresMemberships } from '../../src/storage/postgres/postgres-memberships.ts';
import { PostgresTasks } from '../../src/storage/postgres/postgres-tasks.ts';
import { openDatabase } from '../../src/storage/sqlite-thread/database.ts';
import { MembershipTables } from '../../src/storage/sqlite-thread/membership-tables.ts';
import { TaskTables } from '../../src/storage/sqlite-thread/task-tables.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { explainingTransact, planOf, watchedDatabase } from '../support/watched-statements.ts';
import { useMemberships, useTasks } from './every-statement.ts';

describe('every statement finds its rows by an index', () => {
  const postgres = new PostgresStores();

  test('in SQLite', async () => {
    const database = openDatabase(join(temporaryFolder(), 'signalbox.db'));
    onTestFinished(() => void database.close());
    const steps = new Set<string>();
    const watched = watchedDatabase(database, (sql, values) => {
      for (const step of planOf(database, sql, values)) steps.add(step);
    });
    await useTasks(new TaskTables(watched));
    await useMemberships(new MembershipTables(watched));
    // With SCAN it would read the whole table, and with TEMP B-TREE sort what it has found.
    expect([...steps].sort()).toEqual([
      'LIST SUBQUERY 1',
      'LIST SUBQUERY 2',
      'SCALAR SUBQUERY 1',
      'SCAN json_each VIRTUAL TABLE INDEX 1:',
      // Counts so many rows as stay.
      'SCAN spend_entries USING COVERING INDEX spend_entries_by_age',
      'SCAN tasks USING COVERING INDEX tasks_by_change',
      'SEARCH memberships USING COVERING INDEX memberships_by_end (until<?)',
      'SEARCH memberships USING COVERING INDEX memberships_by_group (hub=? AND group_name=? AND user_id>?)',
      'SEARCH memberships USING COVERING INDEX memberships_by_group (hub=? AND group_name=?)',
      'SEARCH memberships USING INDEX memberships_by_number (hub=? AND user_id=?)',
      'SEARCH memberships USING PRIMARY KEY (hub=? AND user_id=? AND group_name=?)',
      'SEARCH memberships USING PRIMARY KEY (hub=? AND user_id=? AND group_name>?)',
      'SEARCH memberships USING PRIMARY KEY (hub=? AND user_id=?)',
      'SEARCH requests USING COVERING INDEX sqlite_autoindex_requests_1 (id=?)',
      'SEARCH requests USING INDEX requests_by_end (until<?)',
      'SEARCH requests USING INDEX sqlite_autoindex_requests_1 (id=?)',
      'SEARCH spend_entries USING COVERING INDEX spend_entries_by_age ((at,id)<(?,?))',
      'SEARCH spend_entries USING COVERING INDEX spend_entries_by_age (at<?)',
      'SEARCH spend_entries USING COVERING INDEX sqlite_autoindex_spend_entries_1 (id=?)',
      'SEARCH spend_entries USING INDEX sqlite_autoindex_spend_entries_1 (id=?)',
      'SEARCH spend_totals USING PRIMARY KEY (owner_id=?)',
      'SEARCH tasks USING COVERING INDEX sqlite_autoindex_tasks_1 (id=?)',
      'SEARCH tasks USING COVERING INDEX tasks_by_change ((updated_at,id)<(?,?))',
      'SEARCH tasks USING COVERING INDEX tasks_by_change (updated_at<?)',
      'SEARCH tasks USING INDEX sqlite_autoindex_tasks_1 (id=?)',
      'SEARCH tasks USING INDEX tasks_by_owner (owner_id=? AND (created_at,id)<(?,?))',
      'SEARCH tasks USING INDEX tasks_by_owner (owner_id=?)',
      'SEARCH tasks USING INDEX tasks_by_state (owner_id=? AND state=? AND (created_at,id)<(?,?))',
      'SEARCH tasks USING INDEX tasks_by_state (owner_id=? AND state=?)',
    ]);
  });

  test('in PostgreSQL', async () => {
    const schema = await postgres.schema(tasks, memberships);
    const used = new Set<string>();
    const transact = explainingTransact(schema.connect(), (plan) => {
      for (const [step] of plan.matchAll(/Seq Scan on \w+|(?<=Index.* using )\w+|Sort Key: .*/g)) used.add(step);
    });
    await useTasks(new PostgresTasks(transact, schema.name));
    await useMemberships(new PostgresMemberships(transact, schema.name));
    expect([...used].sort()).toEqual([
      // What it was given, and no table.
      'Sort Key: added.owner_id COLLATE "C"',
      'Sort Key: entry.id COLLATE "C"',
      'memberships_by_end',
      'memberships_by_group',
      'memberships_by_number',
      'memberships_pkey',
      'requests_by_end',
      'requests_pkey',
      'spend_entries_by_age',
      'spend_entries_pkey',
      'spend_totals_pkey',
      'tasks_by_change',
      'tasks_by_owner',
      'tasks_by_state',
      'tasks_pkey',
    ]);
  });
});
