import type { Clock } from '../../clock.ts';
import {
  type AuditEntry,
  type AuditQuery,
  type HeldMessage,
  MODERATION_PAGE,
  type ModerationStore,
  type Sanction,
  type SanctionChange,
  type SanctionKind,
  type SanctionQuery,
  type SlowMode,
  STAYS_MS,
} from '../moderation-store.ts';
import type { Kept } from '../retained.ts';
import { StorageError } from '../storage.ts';
import { MemoryHeld } from './memory-held.ts';
import { MemorySanctions } from './memory-sanctions.ts';
import { prunable } from './old-rows.ts';
import { compareTexts } from './text-order.ts';

/** What moderators decide, in memory. */
export class MemoryModeration implements ModerationStore {
  /** Whether calls are answered: the storage is open. */
  isOpen = false;
  readonly #sanctions: MemorySanctions;
  readonly #held = new MemoryHeld();
  /** Seconds by conversation. */
  readonly #slowModes = new Map<string, number>();
  readonly #audit = new Map<string, AuditEntry>();

  /** @param clock Tells when a sanction changes. */
  constructor(clock: Pick<Clock, 'wallNow'>) {
    this.#sanctions = new MemorySanctions(clock);
  }

  async impose(sanction: Sanction): Promise<void> {
    this.#checkOpen();
    this.#sanctions.impose(sanction);
  }

  async lift(kind: SanctionKind, user: string, at: number): Promise<void> {
    this.#checkOpen();
    this.#sanctions.lift({ kind, user }, at);
  }

  async sanctions(now: number, query: SanctionQuery = {}): Promise<readonly Sanction[]> {
    this.#checkOpen();
    return this.#sanctions.sanctions(now, query);
  }

  async changesSince(changedAt: number): Promise<readonly SanctionChange[]> {
    this.#checkOpen();
    return this.#sanctions.changesSince(changedAt);
  }

  async setSlowMode(conversation: string, seconds: number): Promise<void> {
    this.#checkOpen();
    if (seconds === 0) this.#slowModes.delete(conversation);
    else this.#slowModes.set(conversation, seconds);
  }

  async slowModes(after?: string): Promise<readonly SlowMode[]> {
    this.#checkOpen();
    return [...this.#slowModes]
      .map(([conversation, seconds]) => ({ conversation, seconds }))
      .filter(({ conversation }) => after === undefined || compareTexts(conversation, after) > 0)
      .sort((a, b) => compareTexts(a.conversation, b.conversation))
      .slice(0, MODERATION_PAGE);
  }

  async hold(message: HeldMessage): Promise<void> {
    this.#checkOpen();
    this.#held.hold(message);
  }

  async held(): Promise<readonly HeldMessage[]> {
    this.#checkOpen();
    return this.#held.held();
  }

  async claimHeld(id: string, by: string, at: number): Promise<HeldMessage | undefined> {
    this.#checkOpen();
    return this.#held.claim(id, by, at);
  }

  async record(entry: AuditEntry): Promise<void> {
    this.#checkOpen();
    if (!this.#audit.has(entry.id)) this.#audit.set(entry.id, entry);
  }

  async audit({ user, before, limit = MODERATION_PAGE }: AuditQuery = {}): Promise<readonly AuditEntry[]> {
    this.#checkOpen();
    return [...this.#audit.values()]
      .filter((entry) => user === undefined || entry.user === user)
      .filter((entry) => before === undefined || newestFirst(entry, before) > 0)
      .sort(newestFirst)
      .slice(0, limit)
      .map((entry) => ({ ...entry }));
  }

  async prune(kept: Kept, limit: number): Promise<number> {
    this.#checkOpen();
    const ids = prunable([...this.#audit.values()], kept, limit);
    for (const id of ids) this.#audit.delete(id);
    return ids.length;
  }

  async expire(now: number, limit: number): Promise<boolean> {
    this.#checkOpen();
    const isDone = [this.#sanctions.expire(now - STAYS_MS, limit), this.#held.expire(now - STAYS_MS, limit)];
    return !isDone.includes(false);
  }

  #checkOpen(): void {
    if (!this.isOpen) throw new StorageError('closed', 'The storage is not open.');
  }
}

type AuditPlace = Pick<AuditEntry, 'at' | 'id'>;

function newestFirst(a: AuditPlace, b: AuditPlace): number {
  return b.at - a.at || compareTexts(b.id, a.id);
}
