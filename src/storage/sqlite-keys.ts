import type { Clock } from '../clock.ts';
import type { KeyPage, KeyRequest, KeyResults, PageEnd } from './key-requests.ts';
import { copyOfRow } from './key-rows.ts';
import type { KeyRow, KeyStore, Revoked } from './key-store.ts';

type Ask = (request: KeyRequest) => Promise<KeyResults[keyof KeyResults]>;

/** API keys in a SQLite database, which a thread of its own reads and writes. */
export class SqliteKeys implements KeyStore {
  readonly #clock: Pick<Clock, 'wallNow'>;
  readonly #send: Ask;

  /** @param ask Sends a request to the thread. Rejects with a `StorageError`. */
  constructor(ask: Ask, clock: Pick<Clock, 'wallNow'>) {
    this.#send = ask;
    this.#clock = clock;
  }

  async put(row: KeyRow): Promise<void> {
    await this.#ask({ type: 'put', row: copyOfRow(row), now: this.#clock.wallNow() });
  }

  find(id: string): Promise<KeyRow | undefined> {
    return this.#ask({ type: 'find', id });
  }

  list(): Promise<readonly KeyRow[]> {
    return allOf((after) => this.#ask({ type: 'list', after }));
  }

  changedSince(since: number): Promise<readonly KeyRow[]> {
    return allOf((after) => this.#ask({ type: 'changed', since, after }));
  }

  async touched(ids: readonly string[], at: number): Promise<void> {
    await this.#ask({ type: 'touched', ids: [...ids], at });
  }

  async revokeCredential(id: string, at: number, until: number | null): Promise<void> {
    await this.#ask({ type: 'revoke-credential', id, at, until, now: this.#clock.wallNow() });
  }

  async revokeUser(id: string, at: number): Promise<void> {
    await this.#ask({ type: 'revoke-user', id, at });
  }

  async revokedSince(since: number): Promise<Revoked> {
    const now = this.#clock.wallNow();
    const credentials = await allOf((after) => this.#ask({ type: 'revoked-credentials', since, after, now }));
    const users = await allOf((after) => this.#ask({ type: 'revoked-users', since, after }));
    return { credentials, users };
  }

  async #ask<R extends KeyRequest>(request: R): Promise<KeyResults[R['type']]> {
    return (await this.#send(request)) as KeyResults[R['type']];
  }
}

async function allOf<Row>(pageAfter: (end: PageEnd | undefined) => Promise<KeyPage<Row>>): Promise<readonly Row[]> {
  const all: Row[] = [];
  let end: PageEnd | undefined;
  do {
    const page = await pageAfter(end);
    for (const row of page.rows) all.push(row);
    end = page.end;
  } while (end !== undefined);
  return all;
}
