import type { MembershipStore } from '../../src/storage/membership-store.ts';
import type { InThread } from '../../src/storage/sqlite/in-thread.ts';
import type { TaskStore } from '../../src/storage/task-store.ts';
import { request } from '../../src/testing/requests-contract.ts';
import { entry, newTask } from '../../src/testing/task-rows.ts';

/** Runs every statement of a store of tasks. */
export async function useTasks(store: TaskStore | InThread<TaskStore>): Promise<void> {
  await store.create(newTask('a'), 'c');
  await store.progress('a', { percent: 1, status: null, message: null }, 1);
  await store.end('a', { state: 'completed', result: null }, 'e', 2);
  await store.find('a');
  const place = { createdAt: 1, id: 'a' };
  await store.list({ ownerId: 'ada' });
  await store.list({ ownerId: 'ada', before: place });
  await store.list({ ownerId: 'ada', state: 'completed' });
  await store.list({ ownerId: 'ada', state: 'completed', before: place });
  await store.spend([entry('x', '1'), entry('y', '2')], 's');
  await store.spent('ada');
  await store.prune({ since: 1 }, 10);
  await store.prune({ count: 0 }, 10);
}

/** Runs every statement of a store of memberships. */
export async function useMemberships(store: MembershipStore | InThread<MembershipStore>): Promise<void> {
  const member = { hub: '/a', userId: 'ada', group: 'red' };
  for (const group of ['red', 'blue']) await store.add({ ...member, group, until: null }, 1);
  await store.find(member, 0);
  for (const after of [{}, { after: 'a' }]) {
    await store.groupsOf({ hub: '/a', userId: 'ada', ...after }, 0);
    await store.members({ hub: '/a', group: 'red', ...after }, 0);
  }
  await store.remove(member);
  await store.removeAll('/a', 'ada');
  for (const by of ['n1', 'n2']) await store.claim(request('a', by), 0);
  await store.answered('a', 'n1', '', 1);
  await store.release('a', 'n1');
  await store.expire(0, 10);
}
