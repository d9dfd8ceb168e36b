import fc from 'fast-check';
import type { Task, TaskChange, TaskStore } from '../../src/storage/task-store.ts';
import { decimalTexts } from '../support/decimals.ts';
import { type Ask, ask, names } from './asked.ts';

const ids = fc.constantFrom('a', 'b', '\u{ff46}', '🚆');
const moments = fc.integer({ min: 0, max: 40 });
const bys = fc.constantFrom('n1', 'n2', 'n3');
const texts = fc.option(names, { nil: null });
const owners = fc.constantFrom('ada', 'ada', 'ada', 'Ada');
const counts = fc.option(fc.integer({ min: -1, max: 4 }), { nil: undefined });

const newTasks = fc.record({ id: ids, kind: names, taskType: texts, ownerId: owners, createdAt: moments });
const percents = fc.constantFrom(0, -0, 1e-7, 10, 20, 33.3, 33.4, 50, 50, 50, 90, 100, 100.5, Number.NaN);
const progress = fc.record({ percent: percents, status: texts, message: texts });
const outcomes = fc.oneof(
  fc.record({ state: fc.constant('completed'), result: texts }),
  fc.record({ state: fc.constant('failed'), error: names }),
);
const queries = fc.record(
  {
    ownerId: owners,
    state: fc.constantFrom('started', 'running', 'completed', 'failed'),
    before: fc.record({ createdAt: moments, id: ids }),
    limit: counts,
  },
  { requiredKeys: ['ownerId'] },
);
const entries = fc.record({
  id: fc.constantFrom('e1', 'e2', 'e3', 'e4', 'e5', 'e6'),
  ownerId: owners,
  amount: fc.oneof({ weight: 20, arbitrary: decimalTexts }, { weight: 1, arbitrary: fc.constantFrom('', '1e5') }),
  at: moments,
});
// Few rows are deleted at once, so that others are left.
const kept = fc.record(
  { since: fc.integer({ min: 0, max: 12 }), count: fc.integer({ min: 1, max: 4 }) },
  { requiredKeys: [] },
);

/** Random calls of all methods of a store of tasks. */
export const taskAsks: fc.Arbitrary<readonly Ask<TaskStore>[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: ask<TaskStore>('create', newTasks, bys) },
    { weight: 6, arbitrary: ask<TaskStore>('progress', ids, progress, moments) },
    { weight: 2, arbitrary: ask<TaskStore>('end', ids, outcomes, bys, moments) },
    { weight: 1, arbitrary: ask<TaskStore>('find', ids) },
    { weight: 2, arbitrary: ask<TaskStore>('list', queries) },
    { weight: 3, arbitrary: ask<TaskStore>('list', fc.record({ ownerId: owners })) },
    { weight: 4, arbitrary: ask<TaskStore>('spend', fc.array(entries, { maxLength: 4 }), bys) },
    { weight: 1, arbitrary: ask<TaskStore>('spent', owners) },
    { weight: 1, arbitrary: ask<TaskStore>('prune', kept, fc.integer({ min: 0, max: 5 })) },
  ),
  { minLength: 20, maxLength: 50, size: 'max' },
);

/** What the answers of a history must show sometimes. */
export const TASK_CASES = ['refused', 'unchanged', 'over', 'listed', 'pruned'] as const;

/** Which of these cases the answers show. */
export function taskCasesOf(
  asked: readonly Ask<TaskStore>[],
  answers: readonly unknown[],
): Record<(typeof TASK_CASES)[number], boolean> {
  const of = (method: keyof TaskStore) => answers.filter((_answer, n) => asked[n]?.method === method);
  const changes = of('progress').filter((answer): answer is TaskChange => typeof answer === 'object');
  return {
    refused: of('spend').includes('invalid'),
    unchanged: changes.some(({ isChanged }) => !isChanged),
    over: changes.some(({ task }) => task.endedAt !== null),
    listed: of('list').some((answer) => (answer as readonly Task[]).length > 1),
    pruned: of('prune').some((answer) => (answer as number) > 0),
  };
}
