import type { Clock } from '../../clock.ts';
import type { Kept } from '../retained.ts';
import { DEFAULT_LIMIT, LOST, type SessionQuery, type SessionRecord, type SessionStore } from '../session-store.ts';
import { StorageError } from '../storage.ts';

/** Session records in memory: the open ones, and the latest that have ended. */
export class MemorySessions implements SessionStore {
  /** Whether calls are answered: the storage is open. */
  isOpen = false;
  readonly #endedLimit: number;
  readonly #clock: Pick<Clock, 'wallNow'>;
  readonly #open = new Map<string, SessionRecord>();
  /** By id, in the order of their ends. */
  readonly #ended = new Map<string, SessionRecord>();

  /** @param endedLimit Number of ended sessions that are kept; older ones are forgotten. */
  constructor(endedLimit: number, clock: Pick<Clock, 'wallNow'>) {
    this.#endedLimit = endedLimit;
    this.#clock = clock;
  }

  /** Ids of the nodes that have open sessions, also while the storage is not open. */
  get nodeIds(): readonly string[] {
    return [...new Set([...this.#open.values()].flatMap(({ nodeId }) => nodeId ?? []))];
  }

  async save(records: readonly SessionRecord[]): Promise<void> {
    this.#checkOpen();
    for (const record of records) this.#keep({ ...record });
  }

  async list({ limit = DEFAULT_LIMIT, hub, open }: SessionQuery = {}): Promise<SessionRecord[]> {
    this.#checkOpen();
    return [...(open === false ? [] : this.#open.values()), ...(open === true ? [] : this.#ended.values())]
      .filter((record) => hub === undefined || record.hub === hub)
      .sort((a, b) => b.connectedAt - a.connectedAt || (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map((record) => ({ ...record }));
  }

  async prune(
    { since = Number.NEGATIVE_INFINITY, count = Number.POSITIVE_INFINITY }: Kept,
    limit: number,
  ): Promise<number> {
    this.#checkOpen();
    const oldest = [...this.#ended.values()].sort((a, b) => endOf(a) - endOf(b) || (a.id < b.id ? -1 : 1));
    const tooMany = oldest.length - count;
    const gone = oldest.filter((record, at) => at < tooMany || endOf(record) < since).slice(0, limit);
    for (const { id } of gone) this.#ended.delete(id);
    return gone.length;
  }

  async openNodes(): Promise<readonly string[]> {
    this.#checkOpen();
    return this.nodeIds;
  }

  /** @param nodeIds null: all unknown nodes. */
  async endLost(nodeIds: readonly (string | null)[]): Promise<number> {
    this.#checkOpen();
    const now = this.#clock.wallNow();
    const lost = [...this.#open.values()].filter(({ nodeId }) => nodeIds.includes(nodeId));
    for (const record of lost) {
      this.#keep({ ...record, disconnectedAt: Math.max(now, record.connectedAt), closeReason: LOST });
    }
    return lost.length;
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
    if (!this.isOpen) throw new StorageError('closed', 'The storage is not open.');
  }
}

/** Milliseconds since 1970 at which a session has ended. */
function endOf({ disconnectedAt }: SessionRecord): number {
  return disconnectedAt ?? Number.POSITIVE_INFINITY;
}
