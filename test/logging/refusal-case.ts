import type { CollectedLog } from '../support/collected-log.ts';

/**
 * Text that clients send and no line may hold: as an argument, an id, a token, in a query, a path, a header or a body.
 */
export const MARK = 'canary-9b1f4e7d';

/** One kind of refusal, as a test sees it. */
export interface RefusalCase {
  /** Causes the refusal twice, on one server that writes to this log. */
  readonly provoke: (log: CollectedLog) => Promise<void>;
  /** Fields that both lines have. */
  readonly fields: object;
}

export async function twice(run: (nth: number) => unknown): Promise<void> {
  for (const nth of [0, 1]) await run(nth);
}
