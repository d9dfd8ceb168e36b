import { describe } from 'vitest';
import type { MembershipStore } from '../../src/storage/membership-store.ts';
import { MemoryMemberships } from '../../src/storage/memory/memory-memberships.ts';
import { memberships } from '../../src/storage/migrations/postgres/006-memberships.ts';
import { PostgresMemberships } from '../../src/storage/postgres/postgres-memberships.ts';
import { property } from '../support/property.ts';
import { type Ask, answerOf, expectSame } from './asked.ts';
import { MEMBERSHIP_CASES, membershipAsks, membershipCasesOf } from './membership-asks.ts';
import { postgresStore, sqliteStore } from './model-stores.ts';

const TABLES = ['memberships', 'requests'];

/** The store in memory is the model of the others. */
function newModel(): MemoryMemberships {
  const model = new MemoryMemberships();
  model.isOpen = true;
  return model;
}

describe('a store of memberships answers as the one in memory', () => {
  const sqlite = sqliteStore<MembershipStore>((storage) => storage.memberships, TABLES);
  const postgres = postgresStore(memberships, (transact, schema) => new PostgresMemberships(transact, schema), TABLES);

  property('in SQLite', [membershipAsks], { runs: 100, sometimes: MEMBERSHIP_CASES }, async (asked, reached) => {
    await sqlite.clear();
    const model = newModel();
    const answers = await expectSame(asked, sqlite.answerTo, (one) => answerOf(model, one));
    for (const name of MEMBERSHIP_CASES) reached(name, membershipCasesOf(asked, answers)[name]);
  });

  property(
    'in PostgreSQL, also when a COMMIT is done and not answered',
    [membershipAsks],
    { runs: 100, sometimes: MEMBERSHIP_CASES },
    async (asked, reached) => {
      await postgres.clear();
      const model = newModel();
      const modelled = async (one: Ask<MembershipStore>) => {
        // A repeated call of these deletes more rows. All other calls have the same effect as one call.
        if (one.method === 'expire' && one.isRepeated) await answerOf(model, one);
        return answerOf(model, one);
      };
      const answers = await expectSame(asked, postgres.answerTo, modelled);
      for (const name of MEMBERSHIP_CASES) reached(name, membershipCasesOf(asked, answers)[name]);
    },
  );
});
