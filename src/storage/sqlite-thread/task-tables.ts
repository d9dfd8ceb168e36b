import type Database from 'better-sqlite3';
import type { Kept } from '../retained.ts';
import { pageLimit } from '../rows/page-limit.ts';
import {
  changeOf,
  creation,
  ending,
  type KeptTask,
  newlyKept,
  progression,
  shown,
  type TaskRule,
} from '../rows/task-changes.ts';
import { CHANGING_FIELDS, LISTED_FIELDS, selected, TASK_COLUMNS, TASK_FIELDS } from '../rows/task-rows.ts';
import type { InThread } from '../sqlite/in-thread.ts';
import {
  DEFAULT_TASKS,
  type ListedTask,
  type NewTask,
  type SpendEntry,
  type SpendTotal,
  TASK_PAGE,
  type Task,
  type TaskChange,
  type TaskOutcome,
  type TaskProgress,
  type TaskQuery,
  type TaskStore,
} from '../task-store.ts';
import { pruneRows } from './old-rows.ts';
import { SpendTables } from './spend-tables.ts';

const CREATE = `
  INSERT INTO tasks (${TASK_FIELDS.map((field) => TASK_COLUMNS[field]).join(', ')})
  VALUES (${TASK_FIELDS.map((field) => `@${field}`).join(', ')})
  ON CONFLICT (id) DO NOTHING`;

const CHANGE = `UPDATE tasks SET ${CHANGING_FIELDS.map((field) => `${TASK_COLUMNS[field]} = @${field}`).join(', ')}
  WHERE id = @id`;

const FIND = `SELECT ${selected(TASK_FIELDS)} FROM tasks WHERE id = ?`;

/** Statements on the tables of tasks, and of spending, in one open database. */
export class TaskTables implements InThread<TaskStore> {
  readonly #database: Database.Database;
  readonly #spending: SpendTables;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#spending = new SpendTables(database);
  }

  create(task: NewTask, by: string): TaskChange {
    const create = this.#database.transaction(() => {
      this.#database.prepare(CREATE).run(newlyKept(task, by));
      return this.#change(task.id, creation(by)) as TaskChange;
    });
    return create.immediate();
  }

  progress(id: string, progress: TaskProgress, at: number): TaskChange | undefined {
    return this.#database.transaction(() => this.#change(id, progression(progress, at))).immediate();
  }

  end(id: string, outcome: TaskOutcome, by: string, at: number): TaskChange | undefined {
    return this.#database.transaction(() => this.#change(id, ending(outcome, by, at))).immediate();
  }

  find(id: string): Task | undefined {
    const kept = this.#find(id);
    return kept && shown(kept);
  }

  list({ ownerId, state, before, limit }: TaskQuery): readonly ListedTask[] {
    const rest = [
      ...(state === undefined ? [] : ['AND state = @state']),
      ...(before === undefined ? [] : ['AND (created_at, id) < (@createdAt, @id)']),
    ];
    return this.#database
      .prepare<[object], ListedTask>(
        `SELECT ${selected(LISTED_FIELDS)} FROM tasks WHERE owner_id = @ownerId ${rest.join(' ')}
         ORDER BY created_at DESC, id DESC LIMIT @limit`,
      )
      .all({ ...before, ownerId, state, limit: pageLimit(limit, DEFAULT_TASKS, TASK_PAGE) });
  }

  spend(entries: readonly SpendEntry[], by: string): readonly SpendTotal[] {
    return this.#spending.spend(entries, by);
  }

  spent(ownerId: string): string {
    return this.#spending.spent(ownerId);
  }

  prune(kept: Kept, limit: number): number {
    const prune = this.#database.transaction(() => {
      const tasks = pruneRows(this.#database, { name: 'tasks', at: 'updated_at' }, kept, limit).length;
      return tasks + this.#spending.prune(kept, limit - tasks);
    });
    return prune.immediate();
  }

  /** To be called in a transaction. */
  #change(id: string, rule: TaskRule): TaskChange | undefined {
    const before = this.#find(id);
    if (before === undefined) return undefined;
    const tried = rule(before);
    if (tried.task !== before) this.#database.prepare(CHANGE).run(tried.task);
    return changeOf(tried);
  }

  #find(id: string): KeptTask | undefined {
    return this.#database.prepare<[string], KeptTask>(FIND).get(id);
  }
}
