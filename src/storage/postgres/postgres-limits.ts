/** Time limits of a piece of work. All are milliseconds. */
export interface WorkLimits {
  /** For one statement, kept by the server. */
  readonly statementMs: number;
  /** For a lock that another transaction holds, kept by the server. */
  readonly lockMs: number;
  /**
   * For the time between two statements, kept by the server: what a stopped process or a cut network has left open is
   * undone, and a COMMIT that comes later is not done.
   */
  readonly idleMs: number;
  /** For the answer to one statement, kept here: a server that has stopped, or is out of reach, keeps no limit. */
  readonly answerMs: number;
  /** For the beginning of the last try. */
  readonly retryMs: number;
  /** For the whole work with all of its tries. */
  readonly deadlineMs: number;
}

/** Limits of a pool of connections. */
export interface PoolLimits {
  /** Time until a new connection can be used, or another one is free. */
  readonly connectMs: number;
  /** Number of pieces of work that may wait for a connection. */
  readonly waiting: number;
  /** Time that running work has to end when the pool is closed. */
  readonly closeMs: number;
  readonly work: WorkLimits;
  /** For opening a storage: who opens it tries again by themselves, and says what is wrong meanwhile. */
  readonly opening: WorkLimits;
  /** For changes of the schema, which may take long, and which one server does while others wait. */
  readonly migration: WorkLimits;
}

/** The last try begins in time to be over at the deadline: 3 s for the connection, and at least 1 s for the work. */
const WORK: WorkLimits = {
  statementMs: 3_000,
  lockMs: 2_000,
  idleMs: 5_000,
  answerMs: 4_000,
  retryMs: 6_000,
  deadlineMs: 10_000,
};

export const POOL_LIMITS: PoolLimits = {
  connectMs: 3_000,
  waiting: 500,
  closeMs: 1_500,
  work: WORK,
  opening: { ...WORK, retryMs: 1_000 },
  migration: { ...WORK, statementMs: 300_000, lockMs: 30_000, answerMs: 301_000, retryMs: 1_000, deadlineMs: 302_000 },
};
