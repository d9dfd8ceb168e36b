import type { RefusalReason } from './outbox-port.ts';

/** Reasons for which an accepted message was not delivered: those of a lane, and those of an outbox. */
export type DropReason = 'policy' | 'conflated' | 'slow-consumer' | 'connection-closed' | RefusalReason;

/** Figures of a ledger at one moment. Always: accepted = delivered + dropped + queued. */
export interface LedgerFigures {
  readonly accepted: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly droppedBy: Readonly<Partial<Record<DropReason, number>>>;
  readonly queued: number;
}

/** Counts accepted, delivered and dropped messages. Each lane and each outbox has one. */
export class Ledger {
  #accepted = 0;
  #delivered = 0;
  #dropped = 0;
  #droppedBy: Partial<Record<DropReason, number>> | undefined;

  get accepted(): number {
    return this.#accepted;
  }
  get delivered(): number {
    return this.#delivered;
  }
  get dropped(): number {
    return this.#dropped;
  }
  get queued(): number {
    return this.#accepted - this.#delivered - this.#dropped;
  }

  accept(): void {
    this.#accepted += 1;
  }

  deliver(count: number): void {
    this.#delivered += count;
  }

  drop(reason: DropReason, count: number): void {
    if (count === 0) return;
    this.#dropped += count;
    this.#droppedBy ??= {};
    this.#droppedBy[reason] = (this.#droppedBy[reason] ?? 0) + count;
  }

  /** Adds the figures of a ledger that ends. */
  absorb(other: LedgerFigures): void {
    this.#accepted += other.accepted;
    this.#delivered += other.delivered;
    for (const [reason, count] of Object.entries(other.droppedBy)) this.drop(reason as DropReason, count);
  }

  figures(): LedgerFigures {
    return {
      accepted: this.#accepted,
      delivered: this.#delivered,
      dropped: this.#dropped,
      droppedBy: { ...this.#droppedBy },
      queued: this.queued,
    };
  }
}
