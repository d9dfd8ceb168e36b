import type { KeyRow, StoreChanges } from './key-store.ts';

/** Requests of the main thread to the worker about keys and what was revoked. Times are milliseconds since 1970. */
export type KeyRequest =
  | { readonly type: 'put'; readonly row: KeyRow; readonly now: number }
  | { readonly type: 'find'; readonly id: string }
  /** The newest first. */
  | { readonly type: 'list'; readonly after: PageEnd | undefined }
  | { readonly type: 'touched'; readonly ids: readonly string[]; readonly at: number }
  | {
      readonly type: 'revoke-credential';
      readonly id: string;
      readonly at: number;
      readonly until: number | null;
      readonly now: number;
    }
  | { readonly type: 'revoke-user'; readonly id: string; readonly at: number }
  /** What changed last comes last. */
  | {
      readonly type: 'changes';
      readonly since: number;
      readonly keysSince: number;
      readonly after: ChangesEnd | undefined;
      readonly now: number;
    };

/** Place of the last row of a page, in the order of the pages. */
export interface PageEnd {
  readonly at: number;
  readonly id: string;
}

/** The same among changes of all kinds. */
export interface ChangesEnd extends PageEnd {
  readonly kind: 'key' | 'credential' | 'user';
}

/** A part of a list: a statement that reads for long would keep other requests waiting. */
export interface KeyPage {
  readonly rows: readonly KeyRow[];
  /** undefined: it is the last page. */
  readonly end: PageEnd | undefined;
}

/** The same of changes. */
export interface ChangesPage extends StoreChanges {
  readonly end: ChangesEnd | undefined;
}

/** Results by type of request. */
export interface KeyResults {
  readonly put: undefined;
  readonly find: KeyRow | undefined;
  readonly list: KeyPage;
  readonly touched: undefined;
  readonly 'revoke-credential': undefined;
  readonly 'revoke-user': undefined;
  readonly changes: ChangesPage;
}
