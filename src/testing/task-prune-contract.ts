import type { TaskStore } from '../storage/task-store.ts';
import type { StoreTest } from './opened-store.ts';
import { entry, newTask } from './task-rows.ts';
import type { TestFramework } from './test-framework.ts';

const IDS = ['a', 'b', 'c', 'd', 'e'];

/** The part of the contract of a store of tasks about what is deleted by age. */
export function tasksPruneContract({ expect }: TestFramework, test: StoreTest<TaskStore>): void {
  /** Five tasks, which were changed at 10, 20, 20, 30 and 40. */
  async function fill(tasks: TaskStore): Promise<void> {
    const moments = [10, 20, 20, 30, 40];
    // The order of their beginnings is another one.
    for (const [n, id] of IDS.toReversed().entries()) await tasks.create(newTask(id, { createdAt: n }), 'c');
    for (const [n, id] of IDS.entries())
      await tasks.progress(id, { percent: 1, status: null, message: null }, moments[n] ?? 0);
  }

  async function left(tasks: TaskStore): Promise<string> {
    const found = await tasks.list({ ownerId: 'ada' });
    return found.map(({ id }) => id).join('');
  }

  test('deletes no task when nothing says which', async (tasks) => {
    await fill(tasks);
    expect(await tasks.prune({}, 100)).toEqual(0);
    expect(await tasks.prune({ count: 5 }, 100)).toEqual(0);
    expect(await tasks.prune({ since: 10 }, 100)).toEqual(0);
    expect(await left(tasks)).toEqual('abcde');
  });

  test('deletes tasks by the moment of their last change, the oldest first', async (tasks) => {
    await fill(tasks);
    expect(await tasks.prune({ since: 30 }, 2)).toEqual(2);
    expect(await left(tasks)).toEqual('cde');
    expect(await tasks.prune({ since: 30 }, 2)).toEqual(1);
    expect(await left(tasks)).toEqual('de');
    expect(await tasks.prune({ since: 30 }, 2)).toEqual(0);
  });

  test('deletes tasks beyond a number of them, by id within a millisecond', async (tasks) => {
    await fill(tasks);
    expect(await tasks.prune({ count: 3 }, 1)).toEqual(1);
    expect(await left(tasks)).toEqual('bcde');
    expect(await tasks.prune({ count: 3 }, 100)).toEqual(1);
    expect(await left(tasks)).toEqual('cde');
    expect(await tasks.prune({ count: 0 }, 100)).toEqual(3);
    expect(await left(tasks)).toEqual('');
  });

  test('keeps the tasks for which both hold', async (tasks) => {
    await fill(tasks);
    expect(await tasks.prune({ since: 20, count: 1_000 }, 100)).toEqual(1);
    expect(await tasks.prune({ since: 30, count: 3 }, 100)).toEqual(2);
    expect(await left(tasks)).toEqual('de');
    expect(await tasks.prune({ since: 10, count: 1 }, 100)).toEqual(1);
    expect(await left(tasks)).toEqual('e');
  });

  test('deletes entries of spending behind the tasks, and keeps the totals', async (tasks) => {
    await fill(tasks);
    const entries = [10, 20, 30].map((at) => entry(`${at}`, '1', { at }));
    await tasks.spend(entries, 's');
    expect(await tasks.prune({ since: 30 }, 4)).toEqual(4);
    expect(await left(tasks)).toEqual('de');
    // What was deleted counts again.
    const again = entries.map((kept) => ({ ...kept, at: 40 }));
    expect(await tasks.spend(again, 't')).toEqual([{ ownerId: 'ada', total: '4', added: '1' }]);
    expect(await tasks.prune({ since: 30 }, 4)).toEqual(1);
    expect(await tasks.spent('ada')).toEqual('4');
    expect(await tasks.prune({ count: 1 }, 100)).toEqual(2);
    expect(await tasks.spend(again, 'u')).toEqual([{ ownerId: 'ada', total: '6', added: '2' }]);
  });
}
