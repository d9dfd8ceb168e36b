import type { ResolvedSlowConsumer } from '../../src/hub/hub-options.ts';
import type { DropReason, LedgerFigures } from '../../src/routing/ledger.ts';
import { PlainShares } from './plain-shares.ts';

interface Item {
  readonly number: number;
  readonly bytes: number;
  readonly droppable: boolean;
  readonly conflate?: string;
  readonly policy: ResolvedSlowConsumer['policy'];
  readonly sender?: string;
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
  /** What waits, and behind it what has not been judged, because the socket had its chance to take it still before it. */
  #line: Item[] = [];
  readonly #shares = new PlainShares();
  #collected: Item[] = [];
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
      readonly sender?: string;
    },
    state: { readonly isHeld: boolean; readonly buffered: number },
  ): void {
    const item: Item = { policy: this.#limits.policy, ...options, number: this.next, bytes };
    this.next += 1;
    if (this.isLagging) return;
    this.#accepted += 1;
    if (!state.isHeld) this.#collected.push(item);
    else this.#judge(item, state.buffered);
  }

  /** The turn is over: what the socket has not taken counts as if it came now. */
  turned(state: { readonly isHeld: boolean; readonly buffered: number }): void {
    if (!state.isHeld) return;
    for (const item of this.#collected.splice(0)) {
      if (this.isLagging) this.#drop('slow-consumer', 1);
      else this.#judge(item, state.buffered);
    }
  }

  /** So many messages have been written since the beginning. */
  written(count: number): void {
    const many = count - this.delivered.length;
    const now = this.#line.splice(0, many);
    if (this.#line.length > 0) this.#shares.changed(this.#line);
    else if (now.length > 0) this.#shares.forget();
    now.push(...this.#collected.splice(0, many - now.length));
    this.delivered.push(...now.map(({ number }) => number));
  }

  figures(): LedgerFigures {
    const dropped = Object.values(this.#droppedBy).reduce((sum, count) => sum + count, 0);
    return {
      accepted: this.#accepted,
      delivered: this.delivered.length,
      dropped,
      droppedBy: this.#droppedBy,
      queued: this.#line.length + this.#collected.length,
    };
  }

  #judge(item: Item, buffered: number): void {
    const { conflate } = item;
    if (conflate !== undefined) {
      const before = this.#line.length;
      this.#line = this.#line.filter((other) => other.conflate !== conflate);
      this.#shares.changed(this.#line);
      this.#drop('conflated', before - this.#line.length);
    }
    while (this.#line.length > 0 && this.#isTooMuch(item.bytes + buffered)) {
      const victim = this.#victim(item);
      if (victim === undefined) {
        this.#drop('slow-consumer', this.#line.length + 1);
        this.#line = [];
        this.isLagging = true;
        return;
      }
      this.#drop('policy', 1);
      if (victim === item) return;
      this.#line.splice(this.#line.indexOf(victim), 1);
      this.#shares.changed(this.#line);
    }
    this.#line.push(item);
    this.#shares.changed(this.#line);
  }

  /** Which message goes so that `item` can come; undefined: the client. */
  #victim(item: Item): Item | undefined {
    const droppable = this.#line.filter((other) => other.droppable);
    switch (item.policy) {
      case 'disconnect':
        return undefined;
      case 'dropOldest':
        return droppable[0];
      case 'dropNewest':
        return item.droppable ? item : droppable.at(-1);
      case 'dropGreediest':
        // Between equals it is the one who sends now.
        if (item.droppable && this.#shares.wouldHaveMost(this.#line, item.sender, item.bytes)) return item;
        return this.#shares.greediest(this.#line);
    }
  }

  #isTooMuch(more: number): boolean {
    const bytes = this.#line.reduce((sum, item) => sum + item.bytes, more);
    return this.#line.length + 1 > this.#limits.limitMessages || bytes > this.#limits.limitBytes;
  }

  #drop(reason: DropReason, count: number): void {
    if (count > 0) this.#droppedBy[reason] = (this.#droppedBy[reason] ?? 0) + count;
  }
}
