import { type Clock, systemClock } from '../clock.ts';
import { DEFAULT_LIMIT, LOST, type SessionQuery, type SessionRecord, type Storage, StorageError } from './storage.ts';

const ENDED_LIMIT = 10_000;

/**
 * Storage in memory, for development, for tests, and for servers that need no history. It keeps the open sessions and
 * the latest ended ones for as long as the object lives.
 */
export class MemoryStorage implements Storage {
  readonly #endedLimit: number;
  readonly #clock: Pick<Clock, 'wallNow'>;
  readonly #open = new Map<string, SessionRecord>();
  /** By id, in the order of their ends. */
  readonly #ended = new Map<string, SessionRecord>();
  #isOpen = false;

  /** @param endedLimit Number of ended sessions that are kept; older ones are forgotten. */
  constructor(endedLimit = ENDED_LIMIT, clock: Pick<Clock, 'wallNow'> = systemClock) {
    this.#endedLimit = endedLimit;
    this.#clock = clock;
  }

  async open(): Promise<{ lost: number }> {
    const lost = [...this.#open.values()];
    const now = this.#clock.wallNow();
    for (const record of lost) {
      this.#keep({ ...record, disconnectedAt: Math.max(now, record.connectedAt), closeReason: LOST });
    }
    this.#isOpen = true;
    return { lost: lost.length };
  }

  async save(records: readonly SessionRecord[]): Promise<void> {
    this.#checkOpen();
    for (const record of records) this.#keep({ ...record });
  }

  async sessions({ limit = DEFAULT_LIMIT, hub, open }: SessionQuery = {}): Promise<SessionRecord[]> {
    this.#checkOpen();
    return [...(open === false ? [] : this.#open.values()), ...(open === true ? [] : this.#ended.values())]
      .filter((record) => hub === undefined || record.hub === hub)
      .sort((a, b) => b.connectedAt - a.connectedAt || (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map((record) => ({ ...record }));
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #keep(record: SessionRecord): void {
    this.#open.delete(record.id);
    this.#ended.delete(record.id);
    (record.disconnectedAt === null ? this.#open : this.#ended).set(record.id, record);
    if (this.#ended.size > this.#endedLimit) {
      const [oldest] = this.#ended.keys();
      if (oldest !== undefined) this.#ended.delete(oldest);
    }
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new StorageError('closed', 'The storage is not open.');
  }
}
