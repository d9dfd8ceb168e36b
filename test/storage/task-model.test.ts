import { describe } from 'vitest';
import { MemoryTasks } from '../../src/storage/memory/memory-tasks.ts';
import { tasks } from '../../src/storage/migrations/postgres/005-tasks.ts';
import { PostgresTasks } from '../../src/storage/postgres/postgres-tasks.ts';
import type { TaskStore } from '../../src/storage/task-store.ts';
import { property } from '../support/property.ts';
import { type Ask, answerOf, expectSame } from './asked.ts';
import { postgresStore, sqliteStore } from './model-stores.ts';
import { TASK_CASES, taskAsks, taskCasesOf } from './task-asks.ts';

const TABLES = ['tasks', 'spend_entries', 'spend_totals'];

/** The store in memory is the model of the others. */
function newModel(): MemoryTasks {
  const model = new MemoryTasks();
  model.isOpen = true;
  return model;
}

describe('a store of tasks answers as the one in memory', () => {
  const sqlite = sqliteStore<TaskStore>((storage) => storage.tasks, TABLES);
  const postgres = postgresStore(tasks, (transact, schema) => new PostgresTasks(transact, schema), TABLES);

  property('in SQLite', [taskAsks], { runs: 100, sometimes: TASK_CASES }, async (asked, reached) => {
    await sqlite.clear();
    const model = newModel();
    const answers = await expectSame(asked, sqlite.answerTo, (one) => answerOf(model, one));
    for (const name of TASK_CASES) reached(name, taskCasesOf(asked, answers)[name]);
  });

  property(
    'in PostgreSQL, also when a COMMIT is done and not answered',
    [taskAsks],
    { runs: 100, sometimes: TASK_CASES },
    async (asked, reached) => {
      await postgres.clear();
      const model = newModel();
      const modelled = async (one: Ask<TaskStore>) => {
        // A repeated call of these deletes more rows. All other calls have the same effect as one call.
        if (one.method === 'prune' && one.isRepeated) await answerOf(model, one);
        return answerOf(model, one);
      };
      const answers = await expectSame(asked, postgres.answerTo, modelled);
      for (const name of TASK_CASES) reached(name, taskCasesOf(asked, answers)[name]);
    },
  );
});
