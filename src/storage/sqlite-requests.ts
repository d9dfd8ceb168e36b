import type { SessionQuery, SessionRecord } from './session-store.ts';
import type { StorageProblem } from './storage.ts';

/** Requests of the main thread to the worker, which answers them in order. */
export type Request =
  | { readonly type: 'open' }
  /** Ends the open sessions of these nodes and of unknown nodes as lost. `now`: milliseconds since 1970. */
  | { readonly type: 'end-lost'; readonly nodeIds: readonly string[]; readonly now: number }
  /** `rows`: output of `packRows`. */
  | { readonly type: 'save'; readonly rows: string }
  | { readonly type: 'sessions'; readonly query: SessionQuery }
  | { readonly type: 'pragma'; readonly text: string }
  | { readonly type: 'close' };

export type RequestOf<T extends Request['type']> = Extract<Request, { readonly type: T }>;

/** Results by type of request. */
export interface Results {
  /** `nodeIds`: nodes that have open sessions. */
  readonly open: { readonly nodeIds: readonly string[]; readonly warnings: readonly string[] };
  /** Number of the sessions. */
  readonly 'end-lost': number;
  readonly save: undefined;
  readonly sessions: SessionRecord[];
  readonly pragma: unknown;
  readonly close: undefined;
}

export interface Question {
  readonly number: number;
  readonly request: Request;
}

export type Answer =
  | { readonly number: number; readonly result: Results[keyof Results] }
  | { readonly number: number; readonly failure: Failure };

/** A `StorageError` as data: between threads only the text of an error is kept. */
export interface Failure {
  readonly problem: StorageProblem;
  readonly message: string;
}

/** Settings of the worker. */
export interface WorkerSettings {
  /** Absolute path of the database. */
  readonly path: string;
}
