import type { MembershipStore } from '../../src/storage/membership-store.ts';
import type { MessageStore } from '../../src/storage/message-store.ts';
import type { ModerationStore } from '../../src/storage/moderation-store.ts';
import type { InThread } from '../../src/storage/sqlite/in-thread.ts';
import type { ModerationTopic } from '../../src/storage/sqlite/topics.ts';
import type { TaskStore } from '../../src/storage/task-store.ts';
import { newMessage } from '../../src/testing/messages.ts';
import { auditEntry, heldMessage, sanctionOn } from '../../src/testing/moderation-rows.ts';
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

/** Runs every statement of a store of messages. */
export async function useMessages(store: MessageStore | InThread<MessageStore>): Promise<void> {
  await store.save([newMessage('a'), newMessage('b'), newMessage('c')]);
  await store.find('a');
  const places = [{}, { before: 'c' }, { after: 'a' }, { after: 'a', before: 'c' }];
  for (const place of places) await store.list({ conversation: 'room:a', ...place });
  await store.edit('a', 'text', 1);
  for (const on of [true, false]) await store.react({ messageId: 'a', emoji: '+1', by: 'ann', on });
  await store.remove('a', 1);
  await store.prune({ since: 1_001 }, 1);
  await store.prune({ count: 0 }, 10);
}

/** Runs every statement of a store of moderation. */
export async function useModeration(store: ModerationStore | ModerationTopic): Promise<void> {
  await store.impose(sanctionOn('ann'), 1);
  await store.lift('ban', 'ann', 1, 1);
  const after = { kind: 'ban', user: 'ann' } as const;
  for (const query of [{}, { kind: 'ban' }, { user: 'ann' }, { kind: 'ban', user: 'ann' }, { after }] as const)
    await store.sanctions(0, query);
  await store.changesSince(0);
  for (const seconds of [1, 0]) await store.setSlowMode('room:a', seconds);
  await store.slowModes();
  await store.slowModes('a');
  await store.hold(heldMessage('a'));
  await store.held();
  await store.claimHeld('a', 'x', 1);
  await store.record(auditEntry('a'));
  const before = { at: 1, id: 'a' };
  for (const query of [{}, { user: 'ann' }, { before }, { user: 'ann', before }]) await store.audit(query);
  await store.prune({ since: 1 }, 10);
  await store.prune({ count: 0 }, 10);
  await store.expire(0, 10);
}
