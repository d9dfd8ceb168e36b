import type { ResolvedSlowConsumer } from '../../src/hub/slow-consumer-options.ts';
import type { DropReason, LedgerFigures } from '../../src/routing/ledger.ts';
import { SharesModel } from './shares-model.ts';

interface Item {
  readonly number: number;
  readonly bytes: number;
  readonly droppable: boolean;
  readonly conflate?: string;
  readonly policy: ResolvedSlowConsumer['policy'];
  readonly sender?: string;
}

/** Multiple of the limits that applies at once, before the client has had any time. */
const AT_ONCE = 16;

/**
 * The simplest model of a lane: one list. The test tells it when something is written. The model itself knows which
 * messages those are, and what happens to the others.
 */
export class LaneModel {
  readonly delivered: number[] = [];
  isLagging = false;
  readonly #limits: ResolvedSlowConsumer;
  readonly #droppedBy: Partial<Record<DropReason, number>> = {};
  /**
   * Messages that wait. After them come those in `#collected`, which have not been judged, because the socket may still
   * take them.
   */
  #queue: Item[] = [];
  readonly #shares = new SharesModel();
  #collected: Item[] = [];
  #accepted = 0;
  /** Number of the next message. */
  next = 1;

  constructor(limits: ResolvedSlowConsumer) {
    this.#limits = limits;
  }

  /** @param state Whether the socket is above its high-water mark, and the number of bytes in it. */
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
      !this.#isTooMuch([...this.#queue, ...this.#collected], bytes + state.buffered, AT_ONCE)
    ) {
      this.#collected.push(item);
    } else this.#judgeAll([...this.#collected.splice(0), item], state.buffered, AT_ONCE);
  }

  /** Ends the turn: messages that the socket has not taken are judged as if they came now. */
  turned(state: { readonly isHeld: boolean; readonly buffered: number }): void {
    if (!state.isHeld) return;
    this.#judgeAll(this.#collected.splice(0), state.buffered, 1);
    if (
      this.#queue.length < 2 ||
      !this.#isTooMuch(this.#queue.slice(1), (this.#queue[0]?.bytes ?? 0) + state.buffered, 1)
    )
      return;
    this.#shares.forget();
    this.#judgeAll(this.#queue.splice(0), state.buffered, 1);
  }

  /** @param count Number of messages that have been written since the beginning. */
  written(count: number): void {
    const many = count - this.delivered.length;
    const now = this.#queue.splice(0, many);
    if (this.#queue.length > 0) this.#shares.changed(this.#queue);
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
      queued: this.#queue.length + this.#collected.length,
    };
  }

  /** Whether more than one turn is needed to write everything. */
  #isLong(): boolean {
    const bytes = this.#collected.reduce((sum, item) => sum + item.bytes, 0);
    const { highWaterBytes, limitMessages } = this.#limits;
    return this.#queue.length > 0 || bytes >= highWaterBytes || this.#collected.length >= limitMessages;
  }

  #judgeAll(items: readonly Item[], buffered: number, times: number): void {
    for (const item of items) {
      if (this.isLagging) this.#drop('slow-consumer', 1);
      else this.#judge(item, buffered, times);
    }
  }

  /** @param times Multiple of the limits that applies. */
  #judge(item: Item, buffered: number, times: number): void {
    const { conflate } = item;
    if (conflate !== undefined) {
      const before = this.#queue.length;
      this.#queue = this.#queue.filter((other) => other.conflate !== conflate);
      this.#shares.changed(this.#queue);
      this.#drop('conflated', before - this.#queue.length);
    }
    while (this.#queue.length > 0 && this.#isTooMuch(this.#queue, item.bytes + buffered, times)) {
      const victim = this.#victim(item);
      if (victim === undefined) {
        this.#drop('slow-consumer', this.#queue.length + 1);
        this.#queue = [];
        this.isLagging = true;
        return;
      }
      this.#drop('policy', 1);
      if (victim === item) return;
      this.#queue.splice(this.#queue.indexOf(victim), 1);
      this.#shares.changed(this.#queue);
    }
    this.#queue.push(item);
    this.#shares.changed(this.#queue);
  }

  /** The message that is dropped in favour of `item`; undefined when the client is disconnected. */
  #victim(item: Item): Item | undefined {
    const droppable = this.#queue.filter((other) => other.droppable);
    switch (item.policy) {
      case 'disconnect':
        return undefined;
      case 'dropOldest':
        return droppable[0];
      case 'dropNewest':
        return item.droppable ? item : droppable.at(-1);
      case 'dropGreediest':
        // Between equals, the sender of the new message loses.
        if (item.droppable && this.#shares.wouldHaveMost(this.#queue, item.sender, item.bytes)) return item;
        return this.#shares.greediest(this.#queue);
    }
  }

  #isTooMuch(queue: readonly Item[], more: number, times: number): boolean {
    const bytes = queue.reduce((sum, item) => sum + item.bytes, more);
    return queue.length + 1 > this.#limits.limitMessages * times || bytes > this.#limits.limitBytes * times;
  }

  #drop(reason: DropReason, count: number): void {
    if (count > 0) this.#droppedBy[reason] = (this.#droppedBy[reason] ?? 0) + count;
  }
}
