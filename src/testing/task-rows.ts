import type { NewTask, SpendEntry, Task } from '../storage/task-store.ts';

/** A task that begins. */
export function newTask(id: string, more: Partial<NewTask> = {}): NewTask {
  return { id, kind: 'video', taskType: null, ownerId: 'ada', createdAt: 1_000, ...more };
}

/** The same task as it is kept at first, or later. */
export function task(id: string, more: Partial<Task> = {}): Task {
  const nothing = { status: null, message: null, result: null, error: null, endedAt: null };
  const begun = newTask(id, more);
  return { ...begun, state: 'started', percent: 0, ...nothing, updatedAt: begun.createdAt, ...more };
}

export function entry(id: string, amount: string, more: Partial<SpendEntry> = {}): SpendEntry {
  return { id, ownerId: 'ada', amount, at: 1_000, ...more };
}
