import type { Clock } from '../../clock.ts';
import type { Kept } from '../retained.ts';
import { DEFAULT_LIMIT, type SessionQuery, type SessionRecord, type SessionStore } from '../session-store.ts';
import { packRows } from './session-rows.ts';
import type { CallThread, SessionEnd, SessionPlace } from './topics.ts';

/** Rows that are counted at once. They are read from an index alone, so that this takes no longer than a page of rows. */
const COUNTED_ROWS = 10_000;
/** Sessions that are ended as lost at once. */
const LOST_ROWS = 1_000;
/** Earlier and later than any session that has ended. */
const EARLIEST: SessionEnd = { disconnectedAt: Number.NEGATIVE_INFINITY, id: '' };
const LATEST: SessionEnd = { disconnectedAt: Number.POSITIVE_INFINITY, id: '' };

/** Session records in a SQLite database, which a thread of its own reads and writes. */
export class SqliteSessions implements SessionStore {
  readonly #call: CallThread;
  readonly #clock: Pick<Clock, 'wallNow'>;

  constructor(call: CallThread, clock: Pick<Clock, 'wallNow'>) {
    this.#call = call;
    this.#clock = clock;
  }

  async save(records: readonly SessionRecord[]): Promise<void> {
    return this.#call('sessions', 'save', packRows(records));
  }

  /** In pages, between which records are saved. */
  async list(query: SessionQuery = {}): Promise<SessionRecord[]> {
    const { limit = DEFAULT_LIMIT } = query;
    const found: SessionRecord[] = [];
    let before: SessionPlace | undefined;
    do {
      const { records, next } = await this.#call('sessions', 'page', query, before);
      found.push(...records.slice(0, limit - found.length));
      before = next;
    } while (before !== undefined && found.length < limit);
    return found;
  }

  /** In pages, too. */
  async openNodes(): Promise<readonly string[]> {
    const found = new Set<string>();
    let before: SessionPlace | undefined;
    do {
      const { nodeIds, next } = await this.#call('sessions', 'openNodes', before);
      for (const nodeId of nodeIds) found.add(nodeId);
      before = next;
    } while (before !== undefined);
    return [...found];
  }

  /**
   * In parts, between which other processes may write.
   *
   * @param nodeIds null: all unknown nodes.
   */
  async endLost(nodeIds: readonly (string | null)[]): Promise<number> {
    const now = this.#clock.wallNow();
    let ended = 0;
    for (;;) {
      const count = await this.#call('sessions', 'endLost', nodeIds, now, LOST_ROWS);
      ended += count;
      if (count < LOST_ROWS) return ended;
    }
  }

  async prune({ since, count }: Kept, limit: number): Promise<number> {
    const byAge = { disconnectedAt: since ?? Number.NEGATIVE_INFINITY, id: '' };
    const byCount = count === undefined ? EARLIEST : await this.#endOfNewest(count);
    return this.#call('sessions', 'pruneBefore', later(byAge, byCount), limit);
  }

  /** The place of the last one of so many of the newest sessions. In pages, as a list. */
  async #endOfNewest(count: number): Promise<SessionEnd> {
    let place: SessionEnd | undefined = LATEST;
    for (let left = count; left > 0 && place !== undefined; left -= COUNTED_ROWS)
      place = await this.#call('sessions', 'endBehind', Math.min(left, COUNTED_ROWS), place);
    return place ?? EARLIEST;
  }
}

function later(a: SessionEnd, b: SessionEnd): SessionEnd {
  return a.disconnectedAt > b.disconnectedAt || (a.disconnectedAt === b.disconnectedAt && a.id > b.id) ? a : b;
}
