import type { Retained } from './retained.ts';

/** `completed` and `failed` are ends. */
export type TaskState = 'started' | 'running' | 'completed' | 'failed';

/** A task that begins. Times are milliseconds since 1970. */
export interface NewTask {
  /**
   * Unique among all tasks. It and the id of the user have at most 2,600 bytes in UTF-8 together: indexes of PostgreSQL
   * hold no more.
   */
  readonly id: string;
  /** Such as `video`, `image` or `task`. */
  readonly kind: string;
  /** What kind of work it is; null: nobody has said. */
  readonly taskType: string | null;
  /** Id of the user that it belongs to: of a virtual key's. */
  readonly ownerId: string;
  readonly createdAt: number;
}

/** A task as it is kept. */
export interface Task extends NewTask {
  readonly state: TaskState;
  /** From 0 to 100. Never goes back. */
  readonly percent: number;
  readonly status: string | null;
  readonly message: string | null;
  /** Result as JSON, of a completed task. */
  readonly result: string | null;
  /** Error of a failed task. */
  readonly error: string | null;
  /** Never goes back, whatever the wall clocks of the servers do. */
  readonly updatedAt: number;
  /** null: it is not over. */
  readonly endedAt: number | null;
}

/** A task in a list: without its result, which may be large. */
export type ListedTask = Omit<Task, 'result'>;

export interface TaskProgress {
  /** From 0 to 100: the store rejects anything else. */
  readonly percent: number;
  readonly status: string | null;
  readonly message: string | null;
}

/** End of a task. */
export type TaskOutcome =
  | { readonly state: 'completed'; readonly result: string | null }
  | { readonly state: 'failed'; readonly error: string };

/** A task after an attempt to change it. */
export interface TaskChange {
  readonly task: Task;
  /** false: it is over already, further than this, or there already; and not by this call, if that is repeated. */
  readonly isChanged: boolean;
}

export interface TaskQuery {
  readonly ownerId: string;
  readonly state?: TaskState;
  /** Place of the last task of the page before this one. */
  readonly before?: Pick<Task, 'createdAt' | 'id'>;
  /** Largest number of tasks. Default: 100. At most: 1,000. */
  readonly limit?: number;
}

/** An amount that a user has spent. */
export interface SpendEntry {
  /** Unique among all entries. An entry counts once, for as long as it is kept. At most 2,600 bytes in UTF-8. */
  readonly id: string;
  /** Id of the user: of a virtual key's. At most 2,600 bytes in UTF-8. */
  readonly ownerId: string;
  /** Decimal number, such as `12.345678` or `-0.5`, of at most 30 digits before the point and 18 behind it. */
  readonly amount: string;
  readonly at: number;
}

/** What a user has spent. */
export interface SpendTotal {
  readonly ownerId: string;
  /** Exact decimal number in its shortest form, such as `12.5`, `0` or `-3`. */
  readonly total: string;
  /** The part of it that this call has added: without entries that were there already. */
  readonly added: string;
}

/** Largest number of tasks of one page. */
export const TASK_PAGE = 1_000;
export const DEFAULT_TASKS = 100;

/**
 * Port of a storage for tasks, and for what users spend. No call blocks the event loop. A call that fails, or that comes
 * while the storage is not open, rejects with a `StorageError`; every call may be repeated then.
 *
 * `prune` deletes tasks by the moment of their last change, then entries of spending by theirs; totals stay.
 */
export interface TaskStore extends Retained {
  /**
   * Registers a task. One whose id is there already stays as it is.
   *
   * @param by Made for this call: who registered the task gets `isChanged` again when they repeat the call.
   */
  create(task: NewTask, by: string): Promise<TaskChange>;
  /**
   * Notes the progress of a task, unless it is over or further. At the same percentage the latest call counts.
   *
   * @returns undefined when there is no such task.
   */
  progress(id: string, progress: TaskProgress, at: number): Promise<TaskChange | undefined>;
  /**
   * Ends a task, once: `isChanged` for the one with the first `by`, who gets that again when they repeat the call. The
   * percentage of a completed task is 100.
   *
   * @param by Made for this end: another end has another one.
   * @returns undefined when there is no such task.
   */
  end(id: string, outcome: TaskOutcome, by: string, at: number): Promise<TaskChange | undefined>;
  find(id: string): Promise<Task | undefined>;
  /** Tasks of a user, the newest first: by `createdAt`, then by `id`. Texts are compared by their code points. */
  list(query: TaskQuery): Promise<readonly ListedTask[]>;
  /**
   * Adds amounts to the totals, or none when it rejects: also when one of them is no decimal number. Entries whose id is
   * there already do not count again; of two with the same id the first counts.
   *
   * @param by Made for this call: who repeats it gets the same `added` again.
   * @returns the totals of the users of these entries, as they are now, in the order in which they stand there first.
   */
  spend(entries: readonly SpendEntry[], by: string): Promise<readonly SpendTotal[]>;
  /** What a user has spent: '0' if nothing. */
  spent(ownerId: string): Promise<string>;
}
