import type { Clock } from '../../clock.ts';
import type { KeyRow, KeyStore, StoreChanges } from '../key-store.ts';
import { copyOfRow } from '../rows/key-rows.ts';
import type { CallThread, ChangesPage, KeyPage } from './topics.ts';

/** API keys in a SQLite database, which a thread of its own reads and writes. */
export class SqliteKeys implements KeyStore {
  readonly #clock: Pick<Clock, 'wallNow'>;
  readonly #call: CallThread;

  constructor(call: CallThread, clock: Pick<Clock, 'wallNow'>) {
    this.#call = call;
    this.#clock = clock;
  }

  put(row: KeyRow): Promise<void> {
    return this.#call('keys', 'put', copyOfRow(row), this.#clock.wallNow());
  }

  find(id: string): Promise<KeyRow | undefined> {
    return this.#call('keys', 'find', id);
  }

  async list(): Promise<readonly KeyRow[]> {
    const pages = await allPages<KeyPage>((after) => this.#call('keys', 'page', after));
    return pages.flatMap(({ rows }) => rows);
  }

  touched(ids: readonly string[], at: number): Promise<void> {
    return this.#call('keys', 'touched', [...ids], at);
  }

  revokeCredential(id: string, at: number, until: number | null): Promise<void> {
    return this.#call('keys', 'revokeCredential', id, at, until, this.#clock.wallNow());
  }

  revokeUser(id: string, at: number): Promise<void> {
    return this.#call('keys', 'revokeUser', id, at);
  }

  async changesSince(since: number, keysSince = since): Promise<StoreChanges> {
    const asked = { since, keysSince, now: this.#clock.wallNow() };
    const pages = await allPages<ChangesPage>((after) => this.#call('keys', 'changes', asked, after));
    return {
      keys: pages.flatMap(({ keys }) => keys),
      credentials: pages.flatMap(({ credentials }) => credentials),
      users: pages.flatMap(({ users }) => users),
    };
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
