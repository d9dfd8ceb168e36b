import { expect, test } from 'vitest';
import { tasks } from '../../src/storage/migrations/postgres/005-tasks.ts';
import { memberships } from '../../src/storage/migrations/postgres/006-memberships.ts';
import { PostgresMemberships } from '../../src/storage/postgres/postgres-memberships.ts';
import { PostgresTasks } from '../../src/storage/postgres/postgres-tasks.ts';
import { entry, newTask } from '../../src/testing/task-rows.ts';
import { PostgresStores } from '../support/postgres-stores.ts';

const postgres = new PostgresStores();

/** By their code points. In English the order is another one: a, A, b, B, é. */
const NAMES = ['A', 'B', 'a', 'b', 'é'];

test('texts are ordered by their code points in PostgreSQL, whatever the language of the database', async () => {
  const schema = await postgres.schemaInEnglish(tasks, memberships);
  const { transact } = schema.connect();
  const english = await transact(({ query }) =>
    query<{ readonly name: string }>('SELECT name FROM unnest($1::text[]) AS name ORDER BY name', [NAMES]),
  );
  expect(english.map(({ name }) => name)).toEqual(['a', 'A', 'b', 'B', 'é']);

  const groups = new PostgresMemberships(transact, schema.name);
  const store = new PostgresTasks(transact, schema.name);
  for (const name of NAMES) {
    await groups.add({ hub: '/a', userId: 'ada', group: name, until: null }, 100);
    await groups.add({ hub: '/a', userId: name, group: 'red', until: null }, 100);
    await store.create(newTask(name), 'c');
  }
  await store.spend(
    NAMES.map((name) => entry(name, '1')),
    's',
  );
  const groupsOf = async (after?: string) =>
    (await groups.groupsOf({ hub: '/a', userId: 'ada', ...(after && { after }) }, 0)).map(({ group }) => group);
  const members = async (after?: string) =>
    (await groups.members({ hub: '/a', group: 'red', ...(after && { after }) }, 0)).map(({ userId }) => userId);
  expect([await groupsOf(), await groupsOf('a')]).toEqual([NAMES, ['b', 'é']]);
  expect([await members(), await members('a')]).toEqual([NAMES, ['b', 'é']]);

  const list = async (id?: string) =>
    (await store.list({ ownerId: 'ada', ...(id && { before: { createdAt: 1_000, id } }) })).map((task) => task.id);
  expect([await list(), await list('a')]).toEqual([NAMES.toReversed(), ['B', 'A']]);
  // The oldest go first, of the tasks and then of the entries.
  expect(await store.prune({ count: 3 }, 100)).toBe(4);
  expect(await list()).toEqual(['é', 'b', 'a']);
  expect(
    await store.spend(
      NAMES.map((name) => entry(name, '1')),
      't',
    ),
  ).toEqual([{ ownerId: 'ada', total: '7', added: '2' }]);
});
