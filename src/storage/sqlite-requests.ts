import type { KeyRequest, KeyResults } from './key-requests.ts';
import type { SessionQuery, SessionRecord } from './session-store.ts';
import type { StorageProblem, StorageTrouble } from './storage.ts';

/** Requests of the main thread to the worker, which answers them in order. */
export type Request =
  | { readonly type: 'open' }
  /** Finds out whether `open` would refuse the database. */
  | { readonly type: 'examine' }
  /** Ends the open sessions of these nodes and of unknown nodes as lost. `now`: milliseconds since 1970. */
  | { readonly type: 'end-lost'; readonly nodeIds: readonly string[]; readonly now: number }
  /** `rows`: output of `packRows`. */
  | { readonly type: 'save'; readonly rows: string }
  /** `before`: where the page before this one ended. */
  | { readonly type: 'sessions'; readonly query: SessionQuery; readonly before?: Position | undefined }
  | { readonly type: 'keys'; readonly request: KeyRequest }
  | { readonly type: 'pragma'; readonly text: string }
  | { readonly type: 'close' };

export type RequestOf<T extends Request['type']> = Extract<Request, { readonly type: T }>;

/** Results by type of request. */
export interface Results {
  readonly examine: undefined;
  /** `nodeIds`: nodes that have open sessions. */
  readonly open: { readonly nodeIds: readonly string[]; readonly warnings: readonly string[] };
  /** Number of the sessions. */
  readonly 'end-lost': number;
  readonly save: undefined;
  readonly sessions: Page;
  readonly keys: KeyResults[keyof KeyResults];
  readonly pragma: unknown;
  readonly close: undefined;
}

/** Place of a row in the order of the sessions. */
export interface Position {
  readonly connectedAt: number;
  readonly id: string;
}

/** Part of a list of sessions. */
export interface Page {
  readonly records: readonly SessionRecord[];
  /** Where the next page begins; missing: this is the last one. */
  readonly next?: Position;
}

export interface Question {
  readonly number: number;
  readonly request: Request;
}

export type Answer = Outcome & {
  readonly number: number;
  /** What is wrong although requests are answered. */
  readonly trouble?: StorageTrouble | undefined;
};

type Outcome = { readonly result: Results[keyof Results] } | { readonly failure: Failure };

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
