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

/** The multiple of the limits that applies at once. */
const AT_ONCE = 16;

/**
 * The simplest model of a lane: one list. It is told how much has been written; it computes which messages those are,
 * and what happens to the others.
 */
export class LaneModel {
  readonly delivered: number[] = [];
  isDisconnected = false;
  readonly #limits: ResolvedSlowConsumer;
  readonly #droppedBy: Partial<Record<DropReason, number>> = {};
  /** The waiting messages, then those without a limit so far, because the socket may still take them. */
  #waiting: Item[] = [];
  readonly #shares = new PlainShares();
  #collected: Item[] = [];
  #accepted = 0;
  /** The number of the next message. */
  next = 1;

  constructor(limits: ResolvedSlowConsumer) {
    this.#limits = limits;
  }

  /** @param state Whether the socket is above its high-water mark, and its buffered bytes. */
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
    if (this.isDisconnected) return;
    this.#accepted += 1;
    if (state.isHeld) this.#judge(item, state.buffered, 1);
    else if (
      !this.#isLong() ||
      !this.#isTooMuch([...this.#waiting, ...this.#collected], bytes + state.buffered, AT_ONCE)
    ) {
      this.#collected.push(item);
    } else this.#judgeAll([...this.#collected.splice(0), item], state.buffered, AT_ONCE);
  }

  /** The turn is over: messages that the socket has not taken count as if they came now. */
  turned(state: { readonly isHeld: boolean; readonly buffered: number }): void {
    if (!state.isHeld) return;
    this.#judgeAll(this.#collected.splice(0), state.buffered, 1);
    if (
      this.#waiting.length < 2 ||
      !this.#isTooMuch(this.#waiting.slice(1), (this.#waiting[0]?.bytes ?? 0) + state.buffered, 1)
    )
      return;
    this.#shares.forget();
    this.#judgeAll(this.#waiting.splice(0), state.buffered, 1);
  }

  /** @param count Number of messages that have been written since the beginning. */
  written(count: number): void {
    const many = count - this.delivered.length;
    const now = this.#waiting.splice(0, many);
    if (this.#waiting.length > 0) this.#shares.changed(this.#waiting);
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
      queued: this.#waiting.length + this.#collected.length,
    };
  }

  /** Writing needs more than one turn. */
  #isLong(): boolean {
    const bytes = this.#collected.reduce((sum, item) => sum + item.bytes, 0);
    const { highWaterBytes, limitMessages } = this.#limits;
    return this.#waiting.length > 0 || bytes >= highWaterBytes || this.#collected.length >= limitMessages;
  }

  #judgeAll(items: readonly Item[], buffered: number, times: number): void {
    for (const item of items) {
      if (this.isDisconnected) this.#drop('slow-consumer', 1);
      else this.#judge(item, buffered, times);
    }
  }

  /** @param times Multiple of the limits that applies. */
  #judge(item: Item, buffered: number, times: number): void {
    const { conflate } = item;
    if (conflate !== undefined) {
      const before = this.#waiting.length;
      this.#waiting = this.#waiting.filter((other) => other.conflate !== conflate);
      this.#shares.changed(this.#waiting);
      this.#drop('conflated', before - this.#waiting.length);
    }
    while (this.#waiting.length > 0 && this.#isTooMuch(this.#waiting, item.bytes + buffered, times)) {
      const victim = this.#victim(item);
      if (victim === undefined) {
        this.#drop('slow-consumer', this.#waiting.length + 1);
        this.#waiting = [];
        this.isDisconnected = true;
        return;
      }
      this.#drop('policy', 1);
      if (victim === item) return;
      this.#waiting.splice(this.#waiting.indexOf(victim), 1);
      this.#shares.changed(this.#waiting);
    }
    this.#waiting.push(item);
    this.#shares.changed(this.#waiting);
  }

  /** The message to drop for `item`; undefined: the client is disconnected. */
  #victim(item: Item): Item | undefined {
    const droppable = this.#waiting.filter((other) => other.droppable);
    switch (item.policy) {
      case 'disconnect':
        return undefined;
      case 'dropOldest':
        return droppable[0];
      case 'dropNewest':
        return item.droppable ? item : droppable.at(-1);
      case 'dropGreediest':
        // Of several equal ones it is the sender of `item`.
        if (item.droppable && this.#shares.wouldHaveMost(this.#waiting, item.sender, item.bytes)) return item;
        return this.#shares.greediest(this.#waiting);
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
