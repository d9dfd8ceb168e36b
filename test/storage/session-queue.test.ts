import { expect, test } from 'vitest';
import { SessionQueue } from '../../src/storage/recording/session-queue.ts';
import { ended, sessionRecord } from '../../src/testing/session-records.ts';

const open = (id: string) => sessionRecord(id);
const over = (id: string) => ended(sessionRecord(id));

function queueOf(limit: number, ...records: readonly ReturnType<typeof sessionRecord>[]): SessionQueue {
  const queue = new SessionQueue(limit, () => {});
  for (const record of records) queue.add(record);
  return queue;
}

test('open sessions are saved first, then those that have waited longest', () => {
  const queue = queueOf(10, over('a'), open('b'), over('c'), over('d'), open('e'));
  const first = queue.take(3);
  expect(first).toEqual([open('b'), open('e'), over('a')]);
  queue.settle(first);
  expect(queue.take(3)).toEqual([over('c'), over('d')]);
});

test('what was not saved is the oldest still, and goes first when there is no room', () => {
  const queue = queueOf(3, over('a'), over('b'));
  queue.take(1);
  queue.add(over('c'));
  queue.restore();
  queue.add(over('d'));
  expect(queue.take(10)).toEqual([over('b'), over('c'), over('d')]);
  expect(queue.dropCount).toBe(1);
});

test('a session that ends while its beginning is not saved after all is one record', () => {
  const queue = queueOf(10, open('a'));
  queue.take(10);
  queue.add(over('a'));
  queue.restore();
  expect(queue.size).toBe(1);
  expect(queue.take(10)).toEqual([over('a')]);
});

test('what is on its way has its place in the limit, and is never dropped', () => {
  const queue = queueOf(2, over('a'), over('b'));
  expect(queue.take(10)).toEqual([over('a'), over('b')]);
  queue.add(over('c'));
  expect(queue).toMatchObject({ ended: 2, dropCount: 1 });
  queue.restore();
  expect(queue.take(10)).toEqual([over('a'), over('b')]);
});

test('drops are told at 1, 10, 100', () => {
  const told: number[] = [];
  const queue = new SessionQueue(1, (count) => told.push(count));
  for (let n = 0; n < 151; n += 1) queue.add(over(`${n}`));
  expect(told).toEqual([1, 10, 100]);
  expect(queue.discard()).toBe(1);
  expect(queue).toMatchObject({ size: 0, dropCount: 151 });
});
