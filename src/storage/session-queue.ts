import type { SessionRecord } from './storage.ts';

/**
 * Sessions with changes that are not saved. A session stands here once, with its latest state: one that begins and ends
 * meanwhile is one record.
 *
 * Ended sessions are bounded: past the limit the oldest go. Open ones are not dropped, for nothing would be gained: they are
 * as many as there are connections, and are held as long as these.
 */
export class SessionQueue {
  readonly #limit: number;
  readonly #dropped: (count: number) => void;
  readonly #begun = new Map<string, SessionRecord>();
  /** The oldest first. */
  #ended = new Map<string, SessionRecord>();
  /** On their way to the storage. */
  #taken: readonly SessionRecord[] = [];
  #takenEnded = 0;
  #dropCount = 0;

  /**
   * @param limit How many ended sessions may wait, those on their way included.
   * @param dropped Hears of drops at powers of ten: 1, 10, 100, and so on.
   */
  constructor(limit: number, dropped: (count: number) => void) {
    this.#limit = limit;
    this.#dropped = dropped;
  }

  /** How many records wait, those on their way included. */
  get size(): number {
    return this.#taken.length + this.#begun.size + this.#ended.size;
  }

  /** How many ended sessions wait: never more than the limit. */
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
   * The next to be saved; `settle` must follow. Open sessions go first: should the server crash, they would be missing
   * altogether, while an ended one whose beginning is saved would only be taken for lost.
   */
  take(limit: number): readonly SessionRecord[] {
    const begun = takeFirst(this.#begun, limit);
    const ended = takeFirst(this.#ended, limit - begun.length);
    this.#takenEnded = ended.length;
    this.#taken = [...begun, ...ended];
    return this.#taken;
  }

  /** Those that were taken are saved; or they are not, and wait again in their old places. */
  settle(isSaved: boolean): void {
    const taken = this.#taken;
    this.#taken = [];
    this.#takenEnded = 0;
    if (isSaved) return;
    const ended = taken.filter((record) => record.disconnectedAt !== null);
    this.#ended = new Map([...ended.map((record) => [record.id, record] as const), ...this.#ended]);
    for (const record of taken) {
      // One that has ended meanwhile waits already, and knows more.
      if (record.disconnectedAt === null && !this.#ended.has(record.id)) this.#begun.set(record.id, record);
    }
  }

  /** Gives up all of them. @returns how many. */
  discard(): number {
    const count = this.size;
    this.settle(true);
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
