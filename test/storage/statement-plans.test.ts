import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { MESSAGES } from '../../src/storage/migrations/postgres/003-messages.ts';
import { MODERATION } from '../../src/storage/migrations/postgres/004-moderation.ts';
import { tasks } from '../../src/storage/migrations/postgres/005-tasks.ts';
import { memberships } from '../../src/storage/migrations/postgres/006-memberships.ts';
import { PostgresMemberships } from '../../src/storage/postgres/postgres-memberships.ts';
import { PostgresMessages } from '../../src/storage/postgres/postgres-messages.ts';
import { PostgresModeration } from '../../src/storage/postgres/postgres-moderation.ts';
import { PostgresTasks } from '../../src/storage/postgres/postgres-tasks.ts';
import { openDatabase } from '../../src/storage/sqlite-thread/database.ts';
import { MembershipTables } from '../../src/storage/sqlite-thread/membership-tables.ts';
import { MessageTables } from '../../src/storage/sqlite-thread/message-tables.ts';
import { ModerationTables } from '../../src/storage/sqlite-thread/moderation-tables.ts';
import { TaskTables } from '../../src/storage/sqlite-thread/task-tables.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { explainingTransact, planOf, watchedDatabase } from '../support/watched-statements.ts';
import { useMemberships, useMessages, useModeration, useTasks } from './every-statement.ts';

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
    await useMessages(new MessageTables(watched));
    await useModeration(new ModerationTables(watched));
    // With SCAN it would read the whole table, and with TEMP B-TREE sort what it has found.
    expect([...steps].sort()).toEqual([
      'INDEX 1',
      'INDEX 2',
      'LIST SUBQUERY 1',
      'LIST SUBQUERY 2',
      'MULTI-INDEX OR',
      'SCALAR SUBQUERY 1',
      // Counts so many rows as stay.
      'SCAN audit_entries USING COVERING INDEX audit_entries_by_age',
      // These read no more than a page, in the order of the index.
      'SCAN audit_entries USING INDEX audit_entries_by_age',
      'SCAN held_messages USING INDEX held_messages_unclaimed',
      'SCAN json_each VIRTUAL TABLE INDEX 1:',
      // Counts so many rows as stay.
      'SCAN messages USING COVERING INDEX messages_by_age',
      // Has one row.
      'SCAN sanction_changes',
      // These read no more than a page, too.
      'SCAN sanctions USING INDEX sanctions_in_force',
      'SCAN slow_modes',
      // Counts so many rows as stay.
      'SCAN spend_entries USING COVERING INDEX spend_entries_by_age',
      'SCAN tasks USING COVERING INDEX tasks_by_change',
      'SEARCH audit_entries USING COVERING INDEX audit_entries_by_age ((at,id)<(?,?))',
      'SEARCH audit_entries USING COVERING INDEX audit_entries_by_age (at<?)',
      'SEARCH audit_entries USING COVERING INDEX sqlite_autoindex_audit_entries_1 (id=?)',
      'SEARCH audit_entries USING INDEX audit_entries_by_age ((at,id)<(?,?))',
      'SEARCH audit_entries USING INDEX audit_entries_by_user (user_id=? AND (at,id)<(?,?))',
      'SEARCH audit_entries USING INDEX audit_entries_by_user (user_id=?)',
      'SEARCH held_messages USING COVERING INDEX sqlite_autoindex_held_messages_1 (id=?)',
      'SEARCH held_messages USING INDEX held_messages_claimed (claimed_at<?)',
      'SEARCH held_messages USING INDEX sqlite_autoindex_held_messages_1 (id=?)',
      'SEARCH memberships USING COVERING INDEX memberships_by_end (until<?)',
      'SEARCH memberships USING COVERING INDEX memberships_by_group (hub=? AND group_name=? AND user_id>?)',
      'SEARCH memberships USING COVERING INDEX memberships_by_group (hub=? AND group_name=?)',
      'SEARCH memberships USING INDEX memberships_by_number (hub=? AND user_id=?)',
      'SEARCH memberships USING PRIMARY KEY (hub=? AND user_id=? AND group_name=?)',
      'SEARCH memberships USING PRIMARY KEY (hub=? AND user_id=? AND group_name>?)',
      'SEARCH memberships USING PRIMARY KEY (hub=? AND user_id=?)',
      'SEARCH messages USING COVERING INDEX messages_by_age ((sent_at,id)<(?,?))',
      'SEARCH messages USING COVERING INDEX messages_by_age (sent_at<?)',
      'SEARCH messages USING COVERING INDEX sqlite_autoindex_messages_1 (id=?)',
      'SEARCH messages USING INDEX messages_by_position (conversation=? AND position<?)',
      'SEARCH messages USING INDEX messages_by_position (conversation=? AND position>? AND position<?)',
      'SEARCH messages USING INDEX messages_by_position (conversation=? AND position>?)',
      'SEARCH messages USING INDEX messages_by_position (conversation=?)',
      'SEARCH messages USING INDEX sqlite_autoindex_messages_1 (id=?)',
      'SEARCH reactions USING PRIMARY KEY (message_id=? AND emoji=? AND user_id=?)',
      'SEARCH reactions USING PRIMARY KEY (message_id=?)',
      'SEARCH requests USING COVERING INDEX sqlite_autoindex_requests_1 (id=?)',
      'SEARCH requests USING INDEX requests_by_end (until<?)',
      'SEARCH requests USING INDEX sqlite_autoindex_requests_1 (id=?)',
      'SEARCH sanctions USING INDEX sanctions_by_change (changed_at>?)',
      'SEARCH sanctions USING INDEX sanctions_by_end (until<?)',
      'SEARCH sanctions USING INDEX sanctions_by_lift (lifted_at<?)',
      'SEARCH sanctions USING INDEX sanctions_in_force ((kind,user_id)>(?,?))',
      'SEARCH sanctions USING PRIMARY KEY (kind=? AND user_id=?)',
      'SEARCH sanctions USING PRIMARY KEY (kind=?)',
      'SEARCH slow_modes USING PRIMARY KEY (conversation=?)',
      'SEARCH slow_modes USING PRIMARY KEY (conversation>?)',
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
    const schema = await postgres.schema(MESSAGES, MODERATION, tasks, memberships);
    const used = new Set<string>();
    const transact = explainingTransact(schema.connect(), (plan) => {
      for (const [step] of plan.matchAll(/Seq Scan on \w+|(?<=Index.* using )\w+|Sort Key: .*/g)) used.add(step);
    });
    await useTasks(new PostgresTasks(transact, schema.name));
    await useMemberships(new PostgresMemberships(transact, schema.name));
    await useMessages(new PostgresMessages(transact, schema.name));
    await useModeration(new PostgresModeration(transact, schema.name, systemClock));
    expect([...used].sort()).toEqual([
      // Has one row.
      'Seq Scan on sanction_changes',
      // What it was given, and no table.
      'Sort Key: added.owner_id COLLATE "C"',
      'Sort Key: entry.id COLLATE "C"',
      'Sort Key: fresh.id COLLATE "C"',
      'Sort Key: given.conversation, given.place',
      'Sort Key: given.name COLLATE "C"',
      'audit_entries_by_age',
      'audit_entries_by_user',
      'conversations_pkey',
      'held_messages_claimed',
      'held_messages_pkey',
      'held_messages_unclaimed',
      'memberships_by_end',
      'memberships_by_group',
      'memberships_by_number',
      'memberships_pkey',
      'messages_by_age',
      'messages_by_position',
      'messages_pkey',
      'reactions_pkey',
      'requests_by_end',
      'requests_pkey',
      'sanctions_by_change',
      'sanctions_by_end',
      'sanctions_by_lift',
      'sanctions_in_force',
      'sanctions_pkey',
      'slow_modes_pkey',
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
