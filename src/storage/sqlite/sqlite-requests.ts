import type { Migrated, SchemaVersions } from '../database-storage.ts';
import type { StorageProblem, StorageTrouble } from '../storage.ts';
import type { ArgumentsOf, Topic, Topics } from './topics.ts';

/** Requests of the main thread to the worker, which answers them in order. */
export type Request =
  | { readonly type: 'open' }
  /** Finds out whether `open` would refuse the database. */
  | { readonly type: 'examine' }
  /** Examines it, and reads all of it. */
  | { readonly type: 'check' }
  /** Brings the schema up to date, and closes the database. */
  | { readonly type: 'migrate' }
  /** Copies the database into an empty file. Other requests are answered meanwhile. */
  | { readonly type: 'backup'; readonly file: string }
  /** Calls a method of a topic: `CallThread` has the types. */
  | { readonly type: 'call'; readonly topic: Topic; readonly method: string; readonly args: readonly unknown[] }
  | { readonly type: 'pragma'; readonly text: string }
  | { readonly type: 'close' };

export type RequestOf<T extends Request['type']> = Extract<Request, { readonly type: T }>;

/** Makes the request that calls a method of a topic. */
export function callOf<T extends Topic, M extends keyof Topics[T] & string>(
  topic: T,
  method: M,
  ...args: ArgumentsOf<T, M>
): RequestOf<'call'> {
  return { type: 'call', topic, method, args };
}

/** Results by type of request. */
export interface Results {
  readonly examine: SchemaVersions;
  readonly check: SchemaVersions;
  readonly migrate: Migrated;
  readonly backup: undefined;
  /** `file`: the path without links. */
  readonly open: { readonly file: string; readonly warnings: readonly string[] };
  readonly call: unknown;
  readonly pragma: unknown;
  readonly close: undefined;
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

type Outcome = { readonly result: unknown } | { readonly failure: Failure };

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
