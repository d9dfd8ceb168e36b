import type { ResolvedSlowConsumer } from '../../src/hub/hub-options.ts';
import type { DropReason, LedgerFigures } from '../../src/routing/ledger.ts';

interface Item {
  readonly number: number;
  readonly bytes: number;
  readonly droppable: boolean;
  readonly conflate?: string;
}

/**
 * What a lane has to do with its messages, in the plainest words: one list. When something is written it is told; which
 * messages those are, and what becomes of the others, it says itself.
 */
export class LaneModel {
  readonly delivered: number[] = [];
  isLagging = false;
  readonly #limits: ResolvedSlowConsumer;
  readonly #droppedBy: Partial<Record<DropReason, number>> = {};
  #line: Item[] = [];
  #accepted = 0;
  /** The number of the next message. */
  next = 1;

  constructor(limits: ResolvedSlowConsumer) {
    this.#limits = limits;
  }

  /** @param state Whether the socket is above its high-water mark, and how much is in it. */
  send(
    bytes: number,
    options: {
      readonly droppable: boolean;
      readonly conflate?: string;
      readonly policy?: ResolvedSlowConsumer['policy'];
    },
    state: { readonly isHeld: boolean; readonly buffered: number },
  ): void {
    const { droppable, conflate } = options;
    const item: Item = { number: this.next, bytes, droppable, ...(conflate === undefined ? {} : { conflate }) };
    this.next += 1;
    if (this.isLagging) return;
    this.#accepted += 1;
    if (!state.isHeld || this.#makeRoom(item, options.policy ?? this.#limits.policy, state.buffered)) {
      this.#line.push(item);
    }
  }

  /** So many messages have been written since the beginning. */
  written(count: number): void {
    const now = this.#line.splice(0, count - this.delivered.length);
    this.delivered.push(...now.map(({ number }) => number));
  }

  figures(): LedgerFigures {
    const dropped = Object.values(this.#droppedBy).reduce((sum, count) => sum + count, 0);
    return {
      accepted: this.#accepted,
      delivered: this.delivered.length,
      dropped,
      droppedBy: this.#droppedBy,
      queued: this.#line.length,
    };
  }

  /** @returns false when the message itself does not get in. */
  #makeRoom(item: Item, policy: ResolvedSlowConsumer['policy'], buffered: number): boolean {
    const { conflate } = item;
    if (conflate !== undefined) {
      const before = this.#line.length;
      this.#line = this.#line.filter((other) => other.conflate !== conflate);
      this.#drop('conflated', before - this.#line.length);
    }
    while (this.#line.length > 0 && this.#isTooMuch(item.bytes + buffered)) {
      if (policy === 'dropNewest' && item.droppable) {
        this.#drop('policy', 1);
        return false;
      }
      const at =
        policy === 'dropOldest'
          ? this.#line.findIndex(({ droppable }) => droppable)
          : this.#line.findLastIndex(({ droppable }) => droppable);
      if (policy === 'disconnect' || at === -1) {
        this.#drop('slow-consumer', this.#line.length + 1);
        this.#line = [];
        this.isLagging = true;
        return false;
      }
      this.#line.splice(at, 1);
      this.#drop('policy', 1);
    }
    return true;
  }

  #isTooMuch(more: number): boolean {
    const bytes = this.#line.reduce((sum, item) => sum + item.bytes, more);
    return this.#line.length + 1 > this.#limits.limitMessages || bytes > this.#limits.limitBytes;
  }

  #drop(reason: DropReason, count: number): void {
    if (count > 0) this.#droppedBy[reason] = (this.#droppedBy[reason] ?? 0) + count;
  }
}
