import type { Task, TaskQuery, TaskStore } from '../storage/task-store.ts';
import { longText } from './long-text.ts';
import { forAll, type OpenStore, storeTest } from './opened-store.ts';
import { spendingContract } from './spending-contract.ts';
import { problemOf } from './storage-test.ts';
import { tasksPruneContract } from './task-prune-contract.ts';
import { newTask, task } from './task-rows.ts';
import type { TestFramework } from './test-framework.ts';

const NO_TEXT = { status: null, message: null };
const DONE = { state: 'completed', result: '{"url":"a"}' } as const;
const FAILED = { state: 'failed', error: 'No space.' } as const;

/** Declares the tests that every implementation of the port `TaskStore` has to pass. */
export function taskStoreContract(framework: TestFramework, open: OpenStore<TaskStore>): void {
  const { expect } = framework;
  const test = storeTest(framework, open);

  test('has no task at first, and changes none that it does not know', async (tasks) => {
    expect(await tasks.find('a')).toEqual(undefined);
    expect(await tasks.list({ ownerId: 'ada' })).toEqual([]);
    expect(await tasks.progress('a', { percent: 1, ...NO_TEXT }, 1)).toEqual(undefined);
    expect(await tasks.end('a', DONE, 'e', 1)).toEqual(undefined);
    expect(await tasks.find('a')).toEqual(undefined);
  });

  test('gives back what was registered', async (tasks) => {
    const begun = newTask('Zoë 🚆', {
      kind: 'image',
      taskType: 'o\'hara "x" $1',
      ownerId: 'ann:ß',
      createdAt: 1_767_225_600_123,
    });
    const kept = task('Zoë 🚆', begun);
    expect(await tasks.create(begun, 'c')).toEqual({ task: kept, isChanged: true });
    expect(await tasks.find('Zoë 🚆')).toEqual(kept);
    expect(await tasks.find('zoë 🚆')).toEqual(undefined);
  });

  test('takes ids as long as the port says', async (tasks) => {
    const [id, ownerId] = [longText(1_300, 1), longText(1_300, 2)];
    await tasks.create(newTask(id, { ownerId }), 'c');
    await tasks.end(id, DONE, 'e', 2_000);
    expect(idsOf(await tasks.list({ ownerId, state: 'completed' }))).toEqual([id]);
    const spent = { id: longText(2_600, 3), ownerId: longText(2_600, 4), amount: '1', at: 1 };
    expect(await tasks.spend([spent], 's')).toEqual([{ ownerId: spent.ownerId, total: '1', added: '1' }]);
  });

  test('registers a task once: the first one counts', async (tasks) => {
    await tasks.create(newTask('a'), 'first');
    const second = newTask('a', { kind: 'image', ownerId: 'bob', createdAt: 9_000 });
    expect(await tasks.create(second, 'second')).toEqual({ task: task('a'), isChanged: false });
    expect(await tasks.list({ ownerId: 'bob' })).toEqual([]);
    const { task: running } = (await tasks.progress('a', { percent: 5, ...NO_TEXT }, 2_000)) ?? {};
    expect(await tasks.create(newTask('a'), 'first'), 'repeated').toEqual({ task: running, isChanged: true });
  });

  test('notes progress, which never goes back', async (tasks) => {
    await tasks.create(newTask('a'), 'c');
    const half = task('a', {
      state: 'running',
      percent: 33.3,
      status: 'encoding',
      message: 'Frame 7',
      updatedAt: 2_000,
    });
    const progress = { percent: 33.3, status: 'encoding', message: 'Frame 7' };
    expect(await tasks.progress('a', progress, 2_000)).toEqual({ task: half, isChanged: true });
    expect(await tasks.progress('a', { percent: 33.2, ...NO_TEXT }, 3_000)).toEqual({ task: half, isChanged: false });
    expect(await tasks.find('a')).toEqual(half);
    const all = task('a', { state: 'running', percent: 100, updatedAt: 4_000 });
    expect(await tasks.progress('a', { percent: 100, ...NO_TEXT }, 4_000)).toEqual({ task: all, isChanged: true });
    expect(await tasks.find('a')).toEqual(all);
  });

  test('lets the latest call count at the same percentage, also at none', async (tasks) => {
    await tasks.create(newTask('a'), 'c');
    for (const [percent, status] of [
      [0, 'queued'],
      [-0, 'loading'],
      [5, 'x'],
      [5, 'x'],
      [5, 'y'],
    ] as const) {
      const change = await tasks.progress('a', { percent, status, message: null }, 2_000);
      const expected = task('a', { state: 'running', percent: percent + 0, status, updatedAt: 2_000 });
      expect(change).toEqual({ task: expected, isChanged: true });
      expect(await tasks.find('a')).toEqual(expected);
    }
  });

  test('refuses a percentage that is none', async (tasks) => {
    await tasks.create(newTask('a'), 'c');
    for (const percent of [-0.1, 100.1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(await problemOf(tasks.progress('a', { percent, ...NO_TEXT }, 2_000)), `${percent}`).toEqual('invalid');
    expect(await tasks.find('a')).toEqual(task('a'));
    expect(await problemOf(tasks.progress('unknown', { percent: 101, ...NO_TEXT }, 2_000))).toEqual('invalid');
  });

  test('ends a task once', async (tasks) => {
    await tasks.create(newTask('a'), 'c');
    await tasks.progress('a', { percent: 40, status: 'encoding', message: null }, 2_000);
    const over = { state: 'completed', percent: 100, result: DONE.result, updatedAt: 3_000, endedAt: 3_000 } as const;
    const done = task('a', { ...over, status: 'encoding' });
    expect(await tasks.end('a', DONE, 'first', 3_000)).toEqual({ task: done, isChanged: true });
    expect(await tasks.end('a', FAILED, 'second', 4_000)).toEqual({ task: done, isChanged: false });
    expect(await tasks.end('a', DONE, 'second', 4_000)).toEqual({ task: done, isChanged: false });
    expect(await tasks.end('a', DONE, 'first', 5_000), 'repeated').toEqual({ task: done, isChanged: true });
    expect(await tasks.progress('a', { percent: 100, ...NO_TEXT }, 6_000)).toEqual({ task: done, isChanged: false });
    expect(await tasks.find('a')).toEqual(done);
  });

  test('ends a task that fails where it is, and one that has not moved', async (tasks) => {
    for (const id of ['a', 'b']) await tasks.create(newTask(id), 'c');
    await tasks.progress('a', { percent: 40, ...NO_TEXT }, 2_000);
    const failed = { state: 'failed', error: FAILED.error, updatedAt: 3_000, endedAt: 3_000 } as const;
    expect((await tasks.end('a', FAILED, 'x', 3_000))?.task).toEqual(task('a', { ...failed, percent: 40 }));
    expect(await tasks.find('a')).toEqual(task('a', { ...failed, percent: 40 }));
    await tasks.end('b', { state: 'completed', result: null }, 'x', 3_000);
    const over = { state: 'completed', percent: 100, updatedAt: 3_000, endedAt: 3_000 } as const;
    expect(await tasks.find('b')).toEqual(task('b', over));
  });

  test('lets no moment of a task go back with the clock', async (tasks) => {
    await tasks.create(newTask('a', { createdAt: 5_000 }), 'c');
    await tasks.progress('a', { percent: 1, ...NO_TEXT }, 4_000);
    expect((await tasks.find('a'))?.updatedAt).toEqual(5_000);
    await tasks.progress('a', { percent: 2, ...NO_TEXT }, 6_000);
    const { task: over } = (await tasks.end('a', DONE, 'x', 3_000)) ?? {};
    expect([over?.updatedAt, over?.endedAt]).toEqual([6_000, 6_000]);
  });

  test("lists a user's tasks, the newest first, and by id within a millisecond", async (tasks) => {
    // In UTF-16 the second of these is before the first.
    const ids = ['\u{ff46}', '🚆', 'B', 'a', 'Z', 'b'];
    for (const id of ids) await tasks.create(newTask(id, { createdAt: id === 'B' ? 5 : 7 }), 'c');
    await tasks.create(newTask('x', { ownerId: 'bob', createdAt: 6 }), 'c');
    expect(idsOf(await tasks.list({ ownerId: 'ada' }))).toEqual(['🚆', '\u{ff46}', 'b', 'a', 'Z', 'B']);
    const before = { createdAt: 7, id: '🚆' };
    expect(idsOf(await tasks.list({ ownerId: 'ada', before, limit: 2 }))).toEqual(['\u{ff46}', 'b']);
    expect(idsOf(await tasks.list({ ownerId: 'ada', limit: 0 }))).toEqual([]);
    expect(idsOf(await tasks.list({ ownerId: 'ada', limit: -1 }))).toEqual([]);
    expect(idsOf(await tasks.list({ ownerId: 'bob' }))).toEqual(['x']);
  });

  test('lists the tasks of one state, and leaves their results out', async (tasks) => {
    for (const id of ['a', 'b', 'c', 'd']) await tasks.create(newTask(id), 'c');
    await tasks.end('b', DONE, 'x', 2_000);
    await tasks.end('c', FAILED, 'x', 2_000);
    await tasks.progress('d', { percent: 1, ...NO_TEXT }, 2_000);
    const over = { updatedAt: 2_000, endedAt: 2_000 };
    const { result: _result, ...listed } = task('b', { state: 'completed', percent: 100, ...over });
    expect(await tasks.list({ ownerId: 'ada', state: 'completed' })).toEqual([listed]);
    expect(idsOf(await tasks.list({ ownerId: 'ada', state: 'failed' }))).toEqual(['c']);
    expect(idsOf(await tasks.list({ ownerId: 'ada', state: 'started' }))).toEqual(['a']);
    expect(idsOf(await tasks.list({ ownerId: 'ada', state: 'running' }))).toEqual(['d']);
    expect(idsOf(await tasks.list({ ownerId: 'ada' }))).toEqual(['d', 'c', 'b', 'a']);
  });

  test('lists 100 tasks unless asked for more, and 1,000 at most', async (tasks) => {
    const ids = Array.from({ length: 1_001 }, (_, n) => `${n}`.padStart(4, '0'));
    await forAll(ids, (id) => tasks.create(newTask(id), 'c'));
    const newest = ids.toReversed();
    const query: TaskQuery = { ownerId: 'ada' };
    expect(idsOf(await tasks.list(query))).toEqual(newest.slice(0, 100));
    expect(idsOf(await tasks.list({ ...query, limit: 2_000 }))).toEqual(newest.slice(0, 1_000));
  });

  test('does not notice what the caller does with its objects later', async (tasks) => {
    const { task: found } = await tasks.create(newTask('a'), 'c');
    Object.assign(found, { ownerId: 'eve' });
    Object.assign((await tasks.find('a')) as Task, { ownerId: 'eve' });
    for (const listed of await tasks.list({ ownerId: 'ada' })) Object.assign(listed, { ownerId: 'eve' });
    expect(await tasks.find('a')).toEqual(task('a'));
  });

  test('keeps everything while it is closed', async (tasks, { close, reopen }) => {
    await tasks.create(newTask('a'), 'c');
    await tasks.spend([{ id: 'e', ownerId: 'ada', amount: '1.5', at: 1 }], 's');
    await close();
    await reopen();
    expect(await tasks.find('a')).toEqual(task('a'));
    expect(await tasks.spent('ada')).toEqual('1.5');
  });

  test('answers only while the storage is open', async (tasks, { close }) => {
    await close();
    for (const asked of [
      tasks.create(newTask('a'), 'c'),
      tasks.progress('a', { percent: 1, ...NO_TEXT }, 1),
      tasks.end('a', DONE, 'e', 1),
      tasks.find('a'),
      tasks.list({ ownerId: 'ada' }),
      tasks.spend([], 's'),
      tasks.spent('ada'),
      tasks.prune({}, 1),
    ])
      expect(await problemOf(asked)).toEqual('closed');
  });

  tasksPruneContract(framework, test);
  spendingContract(framework, test);
}

function idsOf(tasks: readonly Pick<Task, 'id'>[]): string[] {
  return tasks.map(({ id }) => id);
}
