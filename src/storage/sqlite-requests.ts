import type { SessionQuery, SessionRecord, StorageProblem } from './storage.ts';

/** What the main thread asks of the worker. It answers in the order of the questions. */
export type Request =
  | { readonly type: 'open' }
  /** Of `packRows`. */
  | { readonly type: 'save'; readonly rows: string }
  | { readonly type: 'sessions'; readonly query: SessionQuery }
  | { readonly type: 'pragma'; readonly text: string }
  | { readonly type: 'close' };

export type RequestOf<T extends Request['type']> = Extract<Request, { readonly type: T }>;

/** What comes back for each. */
export interface Results {
  readonly open: { readonly lost: number; readonly warnings?: readonly string[] };
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

/** A `StorageError` on its way between threads, which keep an error's text only. */
export interface Failure {
  readonly problem: StorageProblem;
  readonly message: string;
}

/** What the worker is told when it is made. */
export interface WorkerSettings {
  /** Absolute. */
  readonly path: string;
}
