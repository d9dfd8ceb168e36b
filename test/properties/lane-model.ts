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

/** The multiple of the limits that acts before the client has had any time. */
const AT_ONCE = 16;

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
    if (state.isHeld) this.#judge(item, state.buffered, 1);
    else if (
      !this.#isLong() ||
      !this.#isTooMuch([...this.#line, ...this.#collected], bytes + state.buffered, AT_ONCE)
    ) {
      this.#collected.push(item);
    } else this.#judgeAll([...this.#collected.splice(0), item], state.buffered, AT_ONCE);
  }

  /** The turn is over: what the socket has not taken counts as if it came now. */
  turned(state: { readonly isHeld: boolean; readonly buffered: number }): void {
    if (!state.isHeld) return;
    this.#judgeAll(this.#collected.splice(0), state.buffered, 1);
    if (this.#line.length < 2 || !this.#isTooMuch(this.#line.slice(1), (this.#line[0]?.bytes ?? 0) + state.buffered, 1))
      return;
    this.#shares.forget();
    this.#judgeAll(this.#line.splice(0), state.buffered, 1);
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

  /** More than one turn to write is needed. */
  #isLong(): boolean {
    const bytes = this.#collected.reduce((sum, item) => sum + item.bytes, 0);
    const { highWaterBytes, limitMessages } = this.#limits;
    return this.#line.length > 0 || bytes >= highWaterBytes || this.#collected.length >= limitMessages;
  }

  #judgeAll(items: readonly Item[], buffered: number, times: number): void {
    for (const item of items) {
      if (this.isLagging) this.#drop('slow-consumer', 1);
      else this.#judge(item, buffered, times);
    }
  }

  /** @param times So many times the limits are the limits. */
  #judge(item: Item, buffered: number, times: number): void {
    const { conflate } = item;
    if (conflate !== undefined) {
      const before = this.#line.length;
      this.#line = this.#line.filter((other) => other.conflate !== conflate);
      this.#shares.changed(this.#line);
      this.#drop('conflated', before - this.#line.length);
    }
    while (this.#line.length > 0 && this.#isTooMuch(this.#line, item.bytes + buffered, times)) {
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

  #isTooMuch(line: readonly Item[], more: number, times: number): boolean {
    const bytes = line.reduce((sum, item) => sum + item.bytes, more);
    return line.length + 1 > this.#limits.limitMessages * times || bytes > this.#limits.limitBytes * times;
  }

  #drop(reason: DropReason, count: number): void {
    if (count > 0) this.#droppedBy[reason] = (this.#droppedBy[reason] ?? 0) + count;
  }
}
