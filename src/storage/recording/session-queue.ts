import type { SessionRecord } from '../session-store.ts';
import type { WriteQueue } from './write-behind.ts';

/**
 * Sessions with changes that are not saved. Each session has one record, with its latest state: a session that begins
 * and ends in the meantime is one record.
 *
 * Ended sessions are limited: beyond the limit the oldest are dropped. Open ones are never dropped, since that would
 * free nothing: there are as many as connections, and each connection holds its own.
 */
export class SessionQueue implements WriteQueue<SessionRecord> {
  readonly #limit: number;
  readonly #dropped: (count: number) => void;
  readonly #begun = new Map<string, SessionRecord>();
  /** By id, the oldest first. */
  #ended = new Map<string, SessionRecord>();
  /** Records that are being saved. */
  #taken: readonly SessionRecord[] = [];
  #takenEnded = 0;
  #dropCount = 0;

  /**
   * @param limit Number of ended sessions that may wait, including those that are being saved.
   * @param dropped Called with the number of drops at powers of ten: 1, 10, 100, and so on.
   */
  constructor(limit: number, dropped: (count: number) => void) {
    this.#limit = limit;
    this.#dropped = dropped;
  }

  /** Number of records that wait, including those that are being saved. */
  get size(): number {
    return this.#taken.length + this.#begun.size + this.#ended.size;
  }

  /** Number of ended sessions that wait: never more than the limit. */
  get ended(): number {
    return this.#takenEnded + this.#ended.size;
  }

  get dropCount(): number {
    return this.#dropCount;
  }

  add(record: SessionRecord): void {
    if (record.disconnectedAt === null) {
      this.#begun.set(record.id, record);
      return;
    }
    this.#begun.delete(record.id);
    this.#ended.set(record.id, record);
    if (this.ended > this.#limit) this.#dropOldest();
  }

  /**
   * Takes the next records to save; `restore` must follow. Open sessions go first. If the server crashes, an open
   * session that is not saved is missing altogether; an ended one whose beginning is saved is only taken for lost.
   */
  take(limit: number): readonly SessionRecord[] {
    const begun = takeFirst(this.#begun, limit);
    const ended = takeFirst(this.#ended, limit - begun.length);
    this.#takenEnded = ended.length;
    this.#taken = [...begun, ...ended];
    return this.#taken;
  }

  /** Notes that a record cannot be saved: the end of a session is counted as dropped. */
  refused(record: SessionRecord): void {
    if (record.disconnectedAt !== null) this.#dropCount += 1;
  }

  /** Lets go of records that were taken: they are saved, or cannot be. */
  settle(records: readonly SessionRecord[]): void {
    const settled = new Set(records);
    this.#taken = this.#taken.filter((record) => !settled.has(record));
    this.#takenEnded = this.#taken.filter((record) => record.disconnectedAt !== null).length;
  }

  /** Ends a `take`: records that are not settled wait again in their old places. */
  restore(): void {
    const taken = this.#taken;
    this.#taken = [];
    this.#takenEnded = 0;
    if (taken.length === 0) return;
    const ended = taken.filter((record) => record.disconnectedAt !== null);
    this.#ended = new Map([...ended.map((record) => [record.id, record] as const), ...this.#ended]);
    for (const record of taken) {
      // A session that has ended in the meantime waits already, with a later state.
      if (record.disconnectedAt === null && !this.#ended.has(record.id)) this.#begun.set(record.id, record);
    }
  }

  /** Drops all records. @returns their number. */
  discard(): number {
    const count = this.size;
    this.settle(this.#taken);
    this.#begun.clear();
    this.#ended.clear();
    this.#dropCount += count;
    return count;
  }

  #dropOldest(): void {
    takeFirst(this.#ended, 1);
    this.#dropCount += 1;
    if (/^10*$/.test(String(this.#dropCount))) this.#dropped(this.#dropCount);
  }
}

function takeFirst(records: Map<string, SessionRecord>, limit: number): SessionRecord[] {
  const first: SessionRecord[] = [];
  for (const record of records.values()) {
    if (first.length >= limit) break;
    first.push(record);
    records.delete(record.id);
  }
  return first;
}
