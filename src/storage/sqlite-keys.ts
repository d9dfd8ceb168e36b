import type { Clock } from '../clock.ts';
import type { ChangesPage, KeyPage, KeyRequest, KeyResults } from './key-requests.ts';
import { copyOfRow } from './key-rows.ts';
import type { KeyRow, KeyStore, StoreChanges } from './key-store.ts';

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

  async list(): Promise<readonly KeyRow[]> {
    const pages = await allPages<KeyPage>((after) => this.#ask({ type: 'list', after }));
    return pages.flatMap(({ rows }) => rows);
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

  async changesSince(since: number, keysSince = since): Promise<StoreChanges> {
    const now = this.#clock.wallNow();
    const pages = await allPages<ChangesPage>((after) => this.#ask({ type: 'changes', since, keysSince, after, now }));
    return {
      keys: pages.flatMap(({ keys }) => keys),
      credentials: pages.flatMap(({ credentials }) => credentials),
      users: pages.flatMap(({ users }) => users),
    };
  }

  async #ask<R extends KeyRequest>(request: R): Promise<KeyResults[R['type']]> {
    return (await this.#send(request)) as KeyResults[R['type']];
  }
}

async function allPages<Page extends { readonly end: unknown }>(
  pageAfter: (end: Page['end'] | undefined) => Promise<Page>,
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  do pages.push(await pageAfter(pages.at(-1)?.end));
  while (pages.at(-1)?.end !== undefined);
  return pages;
}
