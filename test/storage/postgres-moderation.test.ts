import { expect, onTestFinished, test } from 'vitest';
import { MODERATION } from '../../src/storage/migrations/postgres/004-moderation.ts';
import { STAYS_MS } from '../../src/storage/moderation-store.ts';
import { PostgresHeld } from '../../src/storage/postgres/postgres-held.ts';
import { PostgresModeration } from '../../src/storage/postgres/postgres-moderation.ts';
import { auditEntry, heldMessage, sanctionOn } from '../../src/testing/moderation-rows.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { holdTransactions, untilWaiting } from '../support/held-transactions.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { testPool } from '../support/test-pool.ts';

const postgres = new PostgresStores();

const CLOCK = new SimulatedClock();

/** A new store, and another one on the same tables whose transactions are held. */
async function twoStores() {
  const { name: schema } = await postgres.schema(MODERATION);
  const transactions = holdTransactions(postgres.pool.transact);
  return {
    store: new PostgresModeration(postgres.pool.transact, schema, CLOCK),
    slow: new PostgresModeration(transactions.transact, schema, CLOCK),
    transactions,
  };
}

test('who asks for changes misses none, whoever changes something, and whatever their clocks say', async () => {
  const { name: schema } = await postgres.schema(MODERATION);
  const server = (ahead: number) => {
    const pool = testPool(postgres.url);
    onTestFinished(() => pool.close());
    return new PostgresModeration(pool.transact, schema, new SimulatedClock(1_000_000 + ahead));
  };
  const servers = [server(0), server(-5_000), server(5_000)];
  const users = Array.from({ length: 90 }, (_, n) => `user ${n}`);
  const seen: string[] = [];
  const reader = server(0);
  async function read(): Promise<void> {
    for (let last = 0; seen.length < users.length; ) {
      const changes = await reader.changesSince(last);
      seen.push(...changes.map(({ user }) => user));
      last = changes.at(-1)?.changedAt ?? last;
    }
  }
  await Promise.all([read(), ...users.map((user, n) => servers[n % 3]?.impose(sanctionOn(user)))]);
  expect(seen.sort()).toEqual(users.sort());
});

test('a change cannot be read before all that have an earlier moment', async () => {
  const { store, slow, transactions } = await twoStores();
  const first = slow.impose(sanctionOn('ann'));
  await transactions.held;
  const second = store.impose(sanctionOn('bob'));
  await untilWaiting(postgres.pool);
  expect(await store.changesSince(0)).toEqual([]);
  transactions.release();
  await Promise.all([first, second]);
  expect((await store.changesSince(0)).map(({ user }) => user)).toEqual(['ann', 'bob']);
});

test('a sanction that is imposed again while the old one is deleted stays', async () => {
  const { store, slow, transactions } = await twoStores();
  await store.impose(sanctionOn('ann', { until: 2_000 }));
  const imposed = slow.impose(sanctionOn('ann', { at: 3_000 }));
  await transactions.held;
  const expired = store.expire(2_000 + STAYS_MS, 10);
  await untilWaiting(postgres.pool);
  transactions.release();
  await Promise.all([imposed, expired]);
  expect(await store.sanctions(0)).toEqual([sanctionOn('ann', { at: 3_000 })]);
});

test('two that delete what is over know whether more is left', async () => {
  const { store, slow, transactions } = await twoStores();
  for (const user of ['a', 'b', 'c', 'd', 'e']) await store.impose(sanctionOn(user, { until: 2_000 }));
  const first = slow.expire(2_000 + STAYS_MS, 2);
  await transactions.held;
  const second = store.expire(2_000 + STAYS_MS, 2);
  await untilWaiting(postgres.pool);
  transactions.release();
  expect([await first, await second]).toEqual([false, false]);
  expect(await store.expire(2_000 + STAYS_MS, 2)).toBe(true);
});

test('two that delete held messages know whether more are left', async () => {
  const { name: schema } = await postgres.schema(MODERATION);
  const transactions = holdTransactions(postgres.pool.transact);
  const [store, slow] = [postgres.pool.transact, transactions.transact].map(
    (transact) => new PostgresHeld(transact, schema),
  );
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    await store?.hold(heldMessage(id));
    await store?.claim(id, 'x', 2_000);
  }
  const first = slow?.expire(2_000, 2);
  await transactions.held;
  const second = store?.expire(2_000, 2);
  await untilWaiting(postgres.pool);
  transactions.release();
  expect([await first, await second, await store?.expire(2_000, 2)]).toEqual([false, false, true]);
});

test('two that delete old entries of the audit trail delete as many as they say', async () => {
  const { store, slow, transactions } = await twoStores();
  for (const id of ['a', 'b', 'c', 'd', 'e']) await store.record(auditEntry(id));
  const first = slow.prune({ count: 1 }, 2);
  await transactions.held;
  const second = store.prune({ count: 1 }, 2);
  await untilWaiting(postgres.pool);
  transactions.release();
  expect([await first, await second]).toEqual([2, 2]);
  expect((await store.audit()).map(({ id }) => id)).toEqual(['e']);
});
