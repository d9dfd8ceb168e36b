import { expect, test } from 'vitest';
import { MODERATION } from '../../src/storage/migrations/postgres/004-moderation.ts';
import { STAYS_MS } from '../../src/storage/moderation-store.ts';
import { PostgresModeration } from '../../src/storage/postgres/postgres-moderation.ts';
import { heldMessage, sanctionOn } from '../../src/testing/moderation-rows.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { Holding, waitsOrDone } from '../support/holding.ts';
import { PostgresStores } from '../support/postgres-stores.ts';

const postgres = new PostgresStores();
const clock = new SimulatedClock();

/** Two servers that share new tables. What the slow one does waits before its COMMIT. */
async function fastAndSlow() {
  const schema = await postgres.schema(MODERATION);
  const pool = schema.connect();
  const holding = new Holding(schema.connect());
  return {
    pool,
    holding,
    store: new PostgresModeration(pool.transact, schema.name, clock),
    slow: new PostgresModeration(holding.transact, schema.name, clock),
  };
}

test('who asks for changes misses none, whoever changes something, and whatever their clocks say', async () => {
  const schema = await postgres.schema(MODERATION);
  const [reader, ...servers] = [0, 0, -5_000, 5_000].map(
    (ahead) => new PostgresModeration(schema.connect().transact, schema.name, new SimulatedClock(1_000_000 + ahead)),
  );
  const users = Array.from({ length: 90 }, (_, n) => `user ${n}`);
  const seen: string[] = [];
  async function read(): Promise<void> {
    for (let last = 0; seen.length < users.length; ) {
      const changes = (await reader?.changesSince(last)) ?? [];
      seen.push(...changes.map(({ user }) => user));
      last = changes.at(-1)?.changedAt ?? last;
    }
  }
  await Promise.all([read(), ...users.map((user, n) => servers[n % 3]?.impose(sanctionOn(user)))]);
  expect(seen.sort()).toEqual(users.sort());
});

test('a change cannot be read before all that have an earlier moment', async () => {
  const { store, slow, holding, pool } = await fastAndSlow();
  const first = slow.impose(sanctionOn('ann'));
  await holding.done;
  const second = store.impose(sanctionOn('bob'));
  expect(await waitsOrDone(second, pool)).toBe('waits');
  expect(await store.changesSince(0)).toEqual([]);
  holding.release();
  await Promise.all([first, second]);
  expect((await store.changesSince(0)).map(({ user }) => user)).toEqual(['ann', 'bob']);
});

test('a sanction that is imposed again while the old one is deleted stays', async () => {
  const { store, slow, holding, pool } = await fastAndSlow();
  await store.impose(sanctionOn('ann', { until: 2_000 }));
  const imposed = slow.impose(sanctionOn('ann', { at: 3_000 }));
  await holding.done;
  const expired = store.expire(2_000 + STAYS_MS, 10);
  await waitsOrDone(expired, pool);
  holding.release();
  await Promise.all([imposed, expired]);
  expect(await store.sanctions(0)).toEqual([sanctionOn('ann', { at: 3_000 })]);
});

test('two that delete what is over know whether more is left, and wait for nobody', async () => {
  const { store, slow, holding } = await fastAndSlow();
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    await store.impose(sanctionOn(id, { until: 2_000 }));
    await store.hold(heldMessage(id));
    await store.claimHeld(id, 'x', 2_000);
  }
  const first = slow.expire(2_000 + STAYS_MS, 2);
  await holding.done;
  expect(await store.expire(2_000 + STAYS_MS, 2)).toBe(false);
  holding.release();
  expect(await first).toBe(false);
  expect(await store.expire(2_000 + STAYS_MS, 2)).toBe(true);
});

test('of many moderators who want a message at once, one gets it', async () => {
  const schema = await postgres.schema(MODERATION);
  const servers = [0, 1, 2].map(() => new PostgresModeration(schema.connect().transact, schema.name, clock));
  await servers[0]?.hold(heldMessage('a'));
  const claims = await Promise.all(
    Array.from({ length: 30 }, (_, n) => servers[n % 3]?.claimHeld('a', `decision ${n}`, 5_000)),
  );
  expect(claims.filter((claim) => claim !== undefined)).toEqual([heldMessage('a')]);
});
