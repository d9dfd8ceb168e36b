import { POOL_LIMITS, type PoolLimits } from '../../src/storage/postgres/postgres-limits.ts';

const WORK = { ...POOL_LIMITS.work, statementMs: 800, lockMs: 500, answerMs: 1_000, retryMs: 300, deadlineMs: 2_000 };

/** Limits for tests in which a database does not answer, so that they need not wait for long. */
export const SHORT_LIMITS: PoolLimits = { ...POOL_LIMITS, connectMs: 800, closeMs: 500, work: WORK, opening: WORK };
