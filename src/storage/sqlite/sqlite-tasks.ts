import { TASK_METHODS } from '../rows/store-methods.ts';
import type { TaskStore } from '../task-store.ts';
import { remoteStore } from './remote-store.ts';
import type { CallThread } from './topics.ts';

/** Tasks in a SQLite database, and what users spend, which a thread of its own reads and writes. */
export function sqliteTasks(call: CallThread): TaskStore {
  return remoteStore<TaskStore>('tasks', TASK_METHODS, call);
}
