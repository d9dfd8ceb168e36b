import fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';
import type { MembershipStore } from '../../src/storage/membership-store.ts';
import { tasks } from '../../src/storage/migrations/postgres/005-tasks.ts';
import { memberships } from '../../src/storage/migrations/postgres/006-memberships.ts';
import { PostgresMemberships } from '../../src/storage/postgres/postgres-memberships.ts';
import { PostgresTasks } from '../../src/storage/postgres/postgres-tasks.ts';
import type { TaskStore } from '../../src/storage/task-store.ts';
import { request } from '../../src/testing/requests-contract.ts';
import { entry, newTask } from '../../src/testing/task-rows.ts';
import { hasPostgres } from '../support/postgres.ts';
import { PostgresNodes } from '../support/postgres-nodes.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { property } from '../support/property.ts';

const HUB = '/hubs/chat';
const NODES = 3;

const postgres = new PostgresStores();
const repeats = fc.boolean();
const calls = fc.integer({ min: 2, max: 9 });

function count(number: number): readonly number[] {
  return Array.from({ length: number }, (_, n) => n);
}

describe('of several servers that write to PostgreSQL at once', () => {
  let nodes: PostgresNodes<TaskStore>;
  let groups: PostgresNodes<MembershipStore>;
  beforeAll(async () => {
    if (!hasPostgres) return;
    const schema = await postgres.schema(tasks, memberships);
    const tables = ['tasks', 'spend_entries', 'spend_totals'];
    nodes = new PostgresNodes(schema, NODES, tables, (...made) => new PostgresTasks(...made));
    groups = new PostgresNodes(
      schema,
      NODES,
      ['memberships', 'requests'],
      (...made) => new PostgresMemberships(...made),
    );
  });

  property('one registers a task, and one ends it', [calls, repeats], 20, async (number, areRepeated) => {
    await nodes.clear();
    nodes.areRepeated = areRepeated;
    const created = await nodes.atOnce(count(number).map((n) => (store) => store.create(newTask('a'), `call-${n}`)));
    expect(created.filter(({ isChanged }) => isChanged)).toHaveLength(1);
    const ends = await nodes.atOnce(
      count(number).map((n) => (store) => store.end('a', { state: 'failed', error: `${n}` }, `call-${n}`, 1)),
    );
    const winner = ends.findIndex((end) => end?.isChanged === true);
    expect(ends.filter((end) => end?.isChanged === true)).toHaveLength(1);
    expect(ends.map((end) => end?.task.error)).toEqual(ends.map(() => `${winner}`));
    expect(nodes.failures).toEqual([]);
  });

  property(
    'none takes progress back',
    [fc.array(fc.nat(100), { minLength: 2, maxLength: 9 }), repeats],
    20,
    async (percents, areRepeated) => {
      await nodes.clear();
      nodes.areRepeated = areRepeated;
      await nodes.stores[0]?.create(newTask('a'), 'c');
      const report = (percent: number) => (store: TaskStore) =>
        store.progress('a', { percent, status: `${percent}`, message: null }, 1);
      await nodes.atOnce(percents.map(report));
      const most = Math.max(...percents);
      expect(await nodes.stores[0]?.find('a')).toMatchObject({ percent: most, status: `${most}` });
      expect(nodes.failures).toEqual([]);
    },
  );

  property('one gets a request, and all are told who', [calls, repeats], 20, async (number, areRepeated) => {
    await groups.clear();
    groups.areRepeated = areRepeated;
    for (const now of [0, 1_000]) {
      // The second time the first claim is over.
      const asks = count(number).map(
        (n) => (store: MembershipStore) => store.claim(request('a', `call-${n}-${now}`, { until: now + 1_000 }), now),
      );
      const [first, ...others] = await groups.atOnce(asks);
      expect(first?.until).toBe(now + 1_000);
      expect(others).toEqual(others.map(() => first));
    }
    expect(groups.failures).toEqual([]);
  });

  property('none puts a user into too many groups', [calls, repeats], 20, async (number, areRepeated) => {
    await groups.clear();
    groups.areRepeated = areRepeated;
    const names = count(number).map(String);
    const removed = await groups.atOnce(
      names.map((group) => (store) => store.add({ hub: HUB, userId: 'ada', group, until: null }, 2)),
    );
    const left = await groups.stores[0]?.groupsOf({ hub: HUB, userId: 'ada' }, 0);
    expect(left).toHaveLength(Math.min(number, 2));
    const there = (left ?? []).map(({ group }) => group);
    // Every group that is not there was told to somebody.
    expect([...new Set([...removed.flat(), ...there])].sort()).toEqual(names);
    // A repeated call adds the user again to a group from which another call has reported the removal.
    if (!areRepeated) expect(removed.flat().filter((group) => there.includes(group))).toEqual([]);
    expect(groups.failures).toEqual([]);
  });

  property(
    'none waits for another one for ever: memberships',
    [fc.infiniteStream(fc.nat(5)), fc.integer({ min: 5, max: 30 })],
    20,
    async (choices, number) => {
      await groups.clear();
      const next = () => choices.next().value as number;
      const member = () => ({ hub: HUB, userId: 'ada', group: `${next()}` });
      const kinds: readonly ((store: MembershipStore) => Promise<unknown>)[] = [
        (store) => store.add({ ...member(), until: null }, 2),
        (store) => store.add({ ...member(), until: null }, 0),
        (store) => store.add({ ...member(), until: 10 }, 2),
        (store) => store.remove(member()),
        (store) => store.removeAll(HUB, 'ada'),
        (store) => store.expire(10, 100),
      ];
      await groups.atOnce(count(number).map(() => kinds[next()] ?? (kinds[0] as (typeof kinds)[0])));
      expect(groups.failures).toEqual([]);
    },
  );

  property(
    'none waits for another one for ever: tasks and spending',
    [fc.infiniteStream(fc.nat(5)), fc.integer({ min: 5, max: 30 })],
    20,
    async (choices, number) => {
      await nodes.clear();
      const next = () => choices.next().value as number;
      const kinds: readonly ((store: TaskStore) => Promise<unknown>)[] = [
        (store) => store.create(newTask(`${next()}`), 'c'),
        (store) => store.progress(`${next()}`, { percent: next(), status: null, message: null }, next()),
        (store) => store.end(`${next()}`, { state: 'completed', result: null }, `${next()}`, next()),
        (store) =>
          store.spend(
            count(4).map(() => entry(`${next()}`, '1', { ownerId: `${next()}` })),
            's',
          ),
        (store) => store.prune({ count: 2 }, 100),
        (store) => store.prune({ since: next() }, 100),
      ];
      await nodes.atOnce(count(number).map(() => kinds[next()] ?? (kinds[0] as (typeof kinds)[0])));
      expect(nodes.failures).toEqual([]);
    },
  );
});
