import type { KeptTask } from './task-changes.ts';

/** Columns of the table of tasks, by the fields of a task. */
export const TASK_COLUMNS = {
  id: 'id',
  kind: 'kind',
  taskType: 'task_type',
  ownerId: 'owner_id',
  createdAt: 'created_at',
  createdBy: 'created_by',
  state: 'state',
  percent: 'percent',
  status: 'status',
  message: 'message',
  result: 'result',
  error: 'error',
  updatedAt: 'updated_at',
  endedAt: 'ended_at',
  endedBy: 'ended_by',
} satisfies Record<keyof KeptTask, string>;

export type TaskField = keyof KeptTask;

export const TASK_FIELDS = Object.keys(TASK_COLUMNS) as readonly TaskField[];

/** Fields that a change of a task may change. */
export const CHANGING_FIELDS = [
  'state',
  'percent',
  'status',
  'message',
  'result',
  'error',
  'updatedAt',
  'endedAt',
  'endedBy',
] as const satisfies readonly TaskField[];

const HIDDEN: readonly TaskField[] = ['createdBy', 'endedBy'];

/** Fields of a task in a list. */
export const LISTED_FIELDS = TASK_FIELDS.filter((field) => field !== 'result' && !HIDDEN.includes(field));

/** What a SELECT names to get these fields. */
export function selected(fields: readonly TaskField[]): string {
  return fields.map((field) => `${TASK_COLUMNS[field]} AS "${field}"`).join(', ');
}
