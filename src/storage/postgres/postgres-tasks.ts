import type { Kept } from '../retained.ts';
import { pageLimit } from '../rows/page-limit.ts';
import { ownersOf, readEntries } from '../rows/spend-entries.ts';
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
import { PostgresSpending } from './postgres-spending.ts';
import type { Transact, Transaction } from './transaction.ts';

const SET = CHANGING_FIELDS.map((field, at) => `${TASK_COLUMNS[field]} = $${at + 2}`).join(', ');
const INSERTED = TASK_FIELDS.map((field) => TASK_COLUMNS[field]).join(', ');
const VALUES = TASK_FIELDS.map((_field, at) => `$${at + 1}`).join(', ');

/** Tasks in PostgreSQL, and what users spend. */
export class PostgresTasks implements TaskStore {
  readonly #transact: Transact;
  readonly #table: string;
  readonly #spending: PostgresSpending;

  constructor(transact: Transact, schema: string) {
    this.#transact = transact;
    this.#table = `${schema}.tasks`;
    this.#spending = new PostgresSpending(schema);
  }

  create(task: NewTask, by: string): Promise<TaskChange> {
    const kept = newlyKept(task, by);
    return this.#transact(async (transaction) => {
      // A task that is there is written as it is, so that it is returned, and nobody deletes it meanwhile.
      const rows = await transaction.query<KeptTask>(
        `INSERT INTO ${this.#table} (${INSERTED}) VALUES (${VALUES})
         ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING ${selected(TASK_FIELDS)}`,
        TASK_FIELDS.map((field) => kept[field]),
      );
      return changeOf(creation(by)(rows[0] as KeptTask));
    });
  }

  async progress(id: string, progress: TaskProgress, at: number): Promise<TaskChange | undefined> {
    return this.#change(id, progression(progress, at));
  }

  end(id: string, outcome: TaskOutcome, by: string, at: number): Promise<TaskChange | undefined> {
    return this.#change(id, ending(outcome, by, at));
  }

  find(id: string): Promise<Task | undefined> {
    return this.#transact(async (transaction) => {
      const kept = await this.#find(transaction, id, '');
      return kept && shown(kept);
    });
  }

  list({ ownerId, state, before, limit }: TaskQuery): Promise<readonly ListedTask[]> {
    const values: unknown[] = [ownerId, pageLimit(limit, DEFAULT_TASKS, TASK_PAGE)];
    const next = (value: unknown) => `$${values.push(value)}`;
    const ofState = state === undefined ? '' : `AND state = ${next(state)}`;
    const older = before === undefined ? '' : `AND (created_at, id) < (${next(before.createdAt)}, ${next(before.id)})`;
    return this.#transact((transaction) =>
      transaction.query<ListedTask>(
        `SELECT ${selected(LISTED_FIELDS)} FROM ${this.#table} WHERE owner_id = $1 ${ofState} ${older}
         ORDER BY created_at DESC, id DESC LIMIT $2`,
        values,
      ),
    );
  }

  async spend(entries: readonly SpendEntry[], by: string): Promise<readonly SpendTotal[]> {
    const read = readEntries(entries);
    const owners = ownersOf(entries);
    return this.#transact((transaction) => this.#spending.spend(transaction, read, owners, by));
  }

  spent(ownerId: string): Promise<string> {
    return this.#transact((transaction) => this.#spending.spent(transaction, ownerId));
  }

  prune(kept: Kept, limit: number): Promise<number> {
    return this.#transact(async (transaction) => {
      const tasks = (await pruneRows(transaction, { name: this.#table, at: 'updated_at' }, kept, limit)).length;
      return tasks + (await this.#spending.prune(transaction, kept, limit - tasks));
    });
  }

  #change(id: string, rule: TaskRule): Promise<TaskChange | undefined> {
    return this.#transact(async (transaction) => {
      const before = await this.#find(transaction, id, 'FOR UPDATE');
      if (before === undefined) return undefined;
      const tried = rule(before);
      if (tried.task !== before) {
        const values = CHANGING_FIELDS.map((field) => tried.task[field]);
        await transaction.run(`UPDATE ${this.#table} SET ${SET} WHERE id = $1`, [id, ...values]);
      }
      return changeOf(tried);
    });
  }

  async #find(transaction: Transaction, id: string, lock: '' | 'FOR UPDATE'): Promise<KeptTask | undefined> {
    const [row] = await transaction.query<KeptTask>(
      `SELECT ${selected(TASK_FIELDS)} FROM ${this.#table} WHERE id = $1 ${lock}`,
      [id],
    );
    return row;
  }
}
