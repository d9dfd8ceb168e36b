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
import { StorageError } from '../storage.ts';
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
import { MemorySpending } from './memory-spending.ts';
import { prunable } from './old-rows.ts';
import { compareTexts } from './text-order.ts';

type Place = Pick<Task, 'createdAt' | 'id'>;

/** Tasks in memory, and what users spend. */
export class MemoryTasks implements TaskStore {
  /** Whether calls are answered: the storage is open. */
  isOpen = false;
  readonly #tasks = new Map<string, KeptTask>();
  /** Ids of tasks by the users that they belong to. */
  readonly #owned = new Map<string, Set<string>>();
  readonly #spending = new MemorySpending();

  async create(task: NewTask, by: string): Promise<TaskChange> {
    this.#checkOpen();
    const kept = this.#tasks.get(task.id) ?? newlyKept(task, by);
    this.#tasks.set(kept.id, kept);
    this.#owned.set(kept.ownerId, (this.#owned.get(kept.ownerId) ?? new Set()).add(kept.id));
    return changeOf(creation(by)(kept));
  }

  async progress(id: string, progress: TaskProgress, at: number): Promise<TaskChange | undefined> {
    this.#checkOpen();
    return this.#change(id, progression(progress, at));
  }

  async end(id: string, outcome: TaskOutcome, by: string, at: number): Promise<TaskChange | undefined> {
    this.#checkOpen();
    return this.#change(id, ending(outcome, by, at));
  }

  async find(id: string): Promise<Task | undefined> {
    this.#checkOpen();
    const kept = this.#tasks.get(id);
    return kept && shown(kept);
  }

  async list({ ownerId, state, before, limit }: TaskQuery): Promise<readonly ListedTask[]> {
    this.#checkOpen();
    return [...(this.#owned.get(ownerId) ?? [])]
      .flatMap((id) => this.#tasks.get(id) ?? [])
      .filter((task) => state === undefined || task.state === state)
      .filter((task) => before === undefined || compareAges(task, before) < 0)
      .sort((a, b) => compareAges(b, a))
      .slice(0, pageLimit(limit, DEFAULT_TASKS, TASK_PAGE))
      .map((kept) => listed(shown(kept)));
  }

  async spend(entries: readonly SpendEntry[], by: string): Promise<readonly SpendTotal[]> {
    this.#checkOpen();
    return this.#spending.spend(entries, by);
  }

  async spent(ownerId: string): Promise<string> {
    this.#checkOpen();
    return this.#spending.spent(ownerId);
  }

  async prune(kept: Kept, limit: number): Promise<number> {
    this.#checkOpen();
    const aged = [...this.#tasks.values()].map(({ id, updatedAt }) => ({ id, at: updatedAt }));
    const ids = prunable(aged, kept, limit);
    for (const id of ids) this.#delete(id);
    return ids.length + this.#spending.prune(kept, limit - ids.length);
  }

  #change(id: string, rule: TaskRule): TaskChange | undefined {
    const before = this.#tasks.get(id);
    if (before === undefined) return undefined;
    const tried = rule(before);
    this.#tasks.set(id, tried.task);
    return changeOf(tried);
  }

  #delete(id: string): void {
    const ownerId = this.#tasks.get(id)?.ownerId ?? '';
    this.#tasks.delete(id);
    const owned = this.#owned.get(ownerId);
    owned?.delete(id);
    if (owned?.size === 0) this.#owned.delete(ownerId);
  }

  #checkOpen(): void {
    if (!this.isOpen) throw new StorageError('closed', 'The storage is not open.');
  }
}

/** @returns below 0: the first is older. */
function compareAges(a: Place, b: Place): number {
  return a.createdAt - b.createdAt || compareTexts(a.id, b.id);
}

function listed({ result: _result, ...task }: Task): ListedTask {
  return task;
}
