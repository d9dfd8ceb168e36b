import type { KeyRow, Revoked } from './key-store.ts';

/** Requests of the main thread to the worker about keys and what was revoked. Times are milliseconds since 1970. */
export type KeyRequest =
  | { readonly type: 'put'; readonly row: KeyRow; readonly now: number }
  | { readonly type: 'find'; readonly id: string }
  /** The newest first. */
  | { readonly type: 'list'; readonly after: PageEnd | undefined }
  /** Those that changed last come last. */
  | { readonly type: 'changed'; readonly since: number; readonly after: PageEnd | undefined }
  | { readonly type: 'touched'; readonly ids: readonly string[]; readonly at: number }
  | {
      readonly type: 'revoke-credential';
      readonly id: string;
      readonly at: number;
      readonly until: number | null;
      readonly now: number;
    }
  | { readonly type: 'revoke-user'; readonly id: string; readonly at: number }
  | {
      readonly type: 'revoked-credentials';
      readonly since: number;
      readonly after: PageEnd | undefined;
      readonly now: number;
    }
  | { readonly type: 'revoked-users'; readonly since: number; readonly after: PageEnd | undefined };

/** Place of the last row of a page, in the order of the pages. */
export interface PageEnd {
  readonly at: number;
  readonly id: string;
}

/** A part of a list: a statement that reads for long would keep other requests waiting. */
export interface KeyPage<Row> {
  readonly rows: readonly Row[];
  /** undefined: it is the last page. */
  readonly end: PageEnd | undefined;
}

/** Results by type of request. */
export interface KeyResults {
  readonly put: undefined;
  readonly find: KeyRow | undefined;
  readonly list: KeyPage<KeyRow>;
  readonly changed: KeyPage<KeyRow>;
  readonly touched: undefined;
  readonly 'revoke-credential': undefined;
  readonly 'revoke-user': undefined;
  readonly 'revoked-credentials': KeyPage<Revoked['credentials'][number]>;
  readonly 'revoked-users': KeyPage<Revoked['users'][number]>;
}
