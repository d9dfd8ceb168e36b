import { StorageError } from '../storage.ts';
import type { NewTask, Task, TaskChange, TaskOutcome, TaskProgress } from '../task-store.ts';

/** A task with what tells apart who has changed it, so that a call may be repeated. */
export interface KeptTask extends Task {
  /** `by` of the call that registered it. */
  readonly createdBy: string;
  /** `by` of the call that ended it; null: it is not over. */
  readonly endedBy: string | null;
}

/** A task after an attempt to change it: the same object when there is nothing to write. */
export interface TriedChange {
  readonly task: KeptTask;
  readonly isChanged: boolean;
}

/** Decides about the change of a task. Every storage calls it while nobody else can change the task. */
export type TaskRule = (task: KeptTask) => TriedChange;

/** A task that begins. */
export function newlyKept({ id, kind, taskType, ownerId, createdAt }: NewTask, by: string): KeptTask {
  const nothingYet = { status: null, message: null, result: null, error: null, endedAt: null, endedBy: null };
  const begin = { state: 'started', percent: 0, updatedAt: createdAt, createdBy: by } as const;
  return { id, kind, taskType, ownerId, createdAt, ...begin, ...nothingYet };
}

/** Tells whether a task was registered by the call with this `by`. */
export function creation(by: string): TaskRule {
  return (task) => ({ task, isChanged: task.createdBy === by });
}

/** Reports progress. @throws {StorageError} `invalid`, when the percentage is none. */
export function progression({ percent, status, message }: TaskProgress, at: number): TaskRule {
  if (!(percent >= 0 && percent <= 100))
    throw new StorageError('invalid', `The percentage of a task is ${percent}, but it must be from 0 to 100.`);
  return (task) => {
    if (task.endedAt !== null || percent < task.percent) return { task, isChanged: false };
    // The greater one, since they differ when they are 0 and -0.
    const reached = Math.max(task.percent, percent);
    const updatedAt = laterOf(task, at);
    return { task: { ...task, state: 'running', percent: reached, status, message, updatedAt }, isChanged: true };
  };
}

/** Ends a task, unless it is over: then it tells whether the call with this `by` has ended it. */
export function ending(outcome: TaskOutcome, by: string, at: number): TaskRule {
  return (task) => {
    if (task.endedAt !== null) return { task, isChanged: task.endedBy === by };
    const endedAt = laterOf(task, at);
    const over = { ...task, updatedAt: endedAt, endedAt, endedBy: by };
    const { state } = outcome;
    const percent = state === 'completed' ? 100 : task.percent;
    const said = state === 'completed' ? { result: outcome.result } : { error: outcome.error };
    return { task: { ...over, state, percent, ...said }, isChanged: true };
  };
}

/** What the caller gets to know. */
export function changeOf({ task, isChanged }: TriedChange): TaskChange {
  return { task: shown(task), isChanged };
}

/** What others see of a task. */
export function shown({ createdBy: _createdBy, endedBy: _endedBy, ...task }: KeptTask): Task {
  return task;
}

/** Moments of a task never go back, whatever the wall clocks of the servers do. */
function laterOf({ updatedAt }: KeptTask, at: number): number {
  return Math.max(updatedAt, at);
}
