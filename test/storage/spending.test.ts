import fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';
import { tasks } from '../../src/storage/migrations/postgres/005-tasks.ts';
import { PostgresTasks } from '../../src/storage/postgres/postgres-tasks.ts';
import { unitsOf, writeDecimal } from '../../src/storage/rows/decimal.ts';
import type { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { SpendEntry, SpendTotal, TaskStore } from '../../src/storage/task-store.ts';
import { units } from '../support/decimals.ts';
import { hasPostgres } from '../support/postgres.ts';
import { PostgresNodes } from '../support/postgres-nodes.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { property } from '../support/property.ts';
import { SqliteNodes } from '../support/sqlite-nodes.ts';

const TABLES = ['spend_entries', 'spend_totals'];
const ENTRIES = 12;
const OWNERS = ['ada', 'bob', 'cy'];

/** Amounts of all entries. */
const amounts = fc.array(units, { minLength: ENTRIES, maxLength: ENTRIES, size: 'max' });
/** Batches of entries, by their numbers: they overlap, and are in no order. */
const batches = fc.array(fc.array(fc.nat(ENTRIES - 1), { minLength: 1, maxLength: 8, size: 'max' }), {
  minLength: 2,
  maxLength: 9,
  size: 'max',
});

function entriesOf(batch: readonly number[], amounts: readonly bigint[]): readonly SpendEntry[] {
  return batch.map((n) => ({
    id: `entry-${n}`,
    ownerId: OWNERS[n % OWNERS.length] as string,
    amount: writeDecimal(amounts[n] ?? 0n),
    at: n,
  }));
}

/** Expects that each entry of the batches has been counted once. */
async function expectExact(
  store: TaskStore | undefined,
  answers: readonly (readonly SpendTotal[])[],
  batches: readonly (readonly number[])[],
  amounts: readonly bigint[],
): Promise<void> {
  for (const [n, owner] of OWNERS.entries()) {
    const theirs = [...new Set(batches.flat())].filter((entry) => entry % OWNERS.length === n);
    const total = writeDecimal(theirs.reduce((sum, entry) => sum + (amounts[entry] ?? 0n), 0n));
    expect(await store?.spent(owner)).toBe(total);
    const added = answers.flat().filter(({ ownerId }) => ownerId === owner);
    expect(writeDecimal(added.reduce((sum, one) => sum + unitsOf(one.added), 0n)), 'of all calls').toBe(total);
  }
}

describe('what users spend is the exact sum of all entries, each counted once', () => {
  const postgres = new PostgresStores();
  const sqlite = new SqliteNodes(2, TABLES);
  let nodes: PostgresNodes<TaskStore>;
  beforeAll(async () => {
    if (!hasPostgres) return;
    nodes = new PostgresNodes(await postgres.schema(tasks), 3, TABLES, (...made) => new PostgresTasks(...made));
  });

  property(
    'when several servers write to PostgreSQL at once, and a COMMIT may be done and not answered',
    [batches, amounts, fc.boolean()],
    { runs: 60, sometimes: ['an entry in several batches'] },
    async (given, amounts, areRepeated, reached) => {
      await nodes.clear();
      nodes.areRepeated = areRepeated;
      reached('an entry in several batches', new Set(given.flat()).size < given.flat().length);
      const answers = await nodes.atOnce(
        given.map((batch, n) => (store: TaskStore) => store.spend(entriesOf(batch, amounts), `call-${n}`)),
      );
      await expectExact(nodes.stores[0], answers, given, amounts);
      expect(nodes.failures).toEqual([]);
    },
  );

  property(
    'when two servers write to one database of SQLite at once',
    [batches, amounts],
    { runs: 60, sometimes: ['an entry in several batches'] },
    async (given, amounts, reached) => {
      sqlite.clear();
      reached('an entry in several batches', new Set(given.flat()).size < given.flat().length);
      const [one, two] = sqlite.storages as [SqliteStorage, SqliteStorage];
      const answers = await Promise.all(
        given.map((batch, n) => (n % 2 === 0 ? one : two).tasks.spend(entriesOf(batch, amounts), `call-${n}`)),
      );
      await expectExact(one.tasks, answers, given, amounts);
    },
  );
});
