import { expect, onTestFinished, test } from 'vitest';
import type { Membership } from '../../src/storage/membership-store.ts';
import { tasks } from '../../src/storage/migrations/postgres/005-tasks.ts';
import { memberships } from '../../src/storage/migrations/postgres/006-memberships.ts';
import { PostgresMemberships } from '../../src/storage/postgres/postgres-memberships.ts';
import { PostgresTasks } from '../../src/storage/postgres/postgres-tasks.ts';
import { entry, newTask } from '../../src/testing/task-rows.ts';
import { Holding, waitsOrDone } from '../support/holding.ts';
import { PostgresStores } from '../support/postgres-stores.ts';

const HUB = '/hubs/chat';
const PROGRESS = { status: null, message: null };

const postgres = new PostgresStores();

function lasting(group: string): Membership {
  return { hub: HUB, userId: 'ada', group, until: null };
}

/** Stores of one server, and of another one whose first transaction waits before its COMMIT. */
async function twoServers() {
  const schema = await postgres.schema(tasks, memberships);
  const pool = schema.connect();
  const holding = new Holding(schema.connect());
  onTestFinished(() => holding.release());
  return {
    pool,
    holding,
    schema: schema.name,
    tasks: new PostgresTasks(pool.transact, schema.name),
    slowTasks: new PostgresTasks(holding.transact, schema.name),
    groups: new PostgresMemberships(pool.transact, schema.name),
    slowGroups: new PostgresMemberships(holding.transact, schema.name),
  };
}

test('who reports less progress waits for who reports more, and changes nothing', async () => {
  const { pool, holding, tasks, slowTasks } = await twoServers();
  await tasks.create(newTask('a'), 'c');
  const more = slowTasks.progress('a', { percent: 60, ...PROGRESS }, 1);
  await holding.done;
  const less = tasks.progress('a', { percent: 50, ...PROGRESS }, 2);
  expect(await waitsOrDone(less, pool)).toBe('waits');
  holding.release();
  expect(await more).toMatchObject({ isChanged: true });
  expect(await less).toMatchObject({ isChanged: false, task: { percent: 60 } });
  expect(await tasks.find('a')).toMatchObject({ percent: 60 });
});

test('entries are written in the order of their ids: who waits for one has none of the later ones', async () => {
  const { pool, holding, tasks, slowTasks } = await twoServers();
  const first = slowTasks.spend([entry('a', '1', { ownerId: 'ada' })], 'first');
  await holding.done;
  const all = tasks.spend(
    ['c', 'b', 'a'].map((id) => entry(id, '1', { ownerId: `owner of ${id}` })),
    'all',
  );
  expect(await waitsOrDone(all, pool)).toBe('waits');
  expect(await tasks.spend([entry('b', '1', { ownerId: 'bob' })], 'other')).toMatchObject([{ added: '1' }]);
  holding.release();
  await first;
  expect((await all).map(({ added }) => added)).toEqual(['1', '0', '0']);
});

test('totals are written in the order of their users: who waits for one has none of the later ones', async () => {
  const { pool, holding, tasks, slowTasks } = await twoServers();
  const first = slowTasks.spend([entry('a', '1', { ownerId: 'ada' })], 'first');
  await holding.done;
  const owners = ['cy', 'bob', 'ada'];
  const all = tasks.spend(
    owners.map((ownerId, n) => entry(ownerId, `${n}`, { ownerId })),
    'all',
  );
  expect(await waitsOrDone(all, pool)).toBe('waits');
  expect(await tasks.spend([entry('b', '1', { ownerId: 'bob' })], 'other')).toMatchObject([{ total: '1' }]);
  holding.release();
  await first;
  expect((await all).map(({ total }) => total)).toEqual(['0', '2', '3']);
});

test('who puts a user into a group counts those into which somebody else is putting them', async () => {
  const { pool, holding, groups, slowGroups } = await twoServers();
  const first = slowGroups.add(lasting('a'), 1);
  await holding.done;
  const second = groups.add(lasting('b'), 1);
  expect(await waitsOrDone(second, pool)).toBe('waits');
  holding.release();
  expect([await first, await second]).toEqual([[], ['a']]);
  expect(await groups.groupsOf({ hub: HUB, userId: 'ada' }, 0)).toEqual([lasting('b')]);
});

test('who takes a user out of all groups waits for who puts them into one', async () => {
  const { pool, holding, groups, slowGroups } = await twoServers();
  const first = slowGroups.add(lasting('a'), 1);
  await holding.done;
  const removal = groups.removeAll(HUB, 'ada');
  expect(await waitsOrDone(removal, pool)).toBe('waits');
  // Others wait for nobody.
  await groups.add({ ...lasting('a'), userId: 'bob' }, 1);
  await groups.removeAll(HUB, 'bob');
  holding.release();
  await Promise.all([first, removal]);
  expect(await groups.groupsOf({ hub: HUB, userId: 'ada' }, 0)).toEqual([]);
});

test('what is old is deleted without waiting for those who change it', async () => {
  const { pool, holding, schema, tasks, groups } = await twoServers();
  for (const id of ['a', 'b']) {
    await tasks.create(newTask(id), 'c');
    await groups.add({ hub: HUB, userId: id, group: 'red', until: 10 }, 1);
  }
  const change = holding.transact(async ({ run }) => {
    await run(`UPDATE ${schema}.tasks SET percent = 1 WHERE id = 'a'`);
    await run(`UPDATE ${schema}.memberships SET until = 20 WHERE user_id = 'a'`);
  });
  await holding.done;
  const [pruned, expired] = [tasks.prune({ count: 0 }, 10), groups.expire(10, 10)];
  expect(await waitsOrDone(Promise.all([pruned, expired]), pool)).toBe('done');
  holding.release();
  await change;
  expect([await pruned, await expired]).toEqual([1, true]);
  expect((await tasks.list({ ownerId: 'ada' })).map(({ id }) => id)).toEqual(['a']);
  expect((await groups.members({ hub: HUB, group: 'red' }, 0)).map(({ userId }) => userId)).toEqual(['a']);
});

test('a group that the user is put into again while it is taken away is not told as taken away', async () => {
  const { pool, schema, groups: other } = await twoServers();
  let transactions = 0;
  const groups = new PostgresMemberships(async (work) => {
    transactions += 1;
    if (transactions === 2) await other.add(lasting('a'), 100);
    return pool.transact(work);
  }, schema);
  for (const group of ['a', 'b']) await other.add(lasting(group), 100);
  expect(await groups.add(lasting('c'), 1)).toEqual(['b']);
  expect(transactions).toBe(2);
  expect(await other.groupsOf({ hub: HUB, userId: 'ada' }, 0)).toEqual([lasting('a'), lasting('c')]);
});
