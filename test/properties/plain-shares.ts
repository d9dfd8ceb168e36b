import type { EncodedMessage } from '../../src/protocol/encoded-message.ts';

/** A waiting message. */
interface Item {
  readonly bytes: number;
  readonly droppable: boolean;
  readonly sender?: EncodedMessage['sender'];
}

/** The simplest model of the greatest share of a queue: counted from the first use on. */
export class PlainShares {
  /** The senders with messages, in the order in which they began. */
  #holders: Set<string | undefined> | undefined;

  /** The queue is empty, and counting ends. */
  forget(): void {
    this.#holders = undefined;
  }

  /** Called after each change of the queue. */
  changed(queue: readonly Item[]): void {
    if (this.#holders === undefined) return;
    const now = queue.filter(({ droppable }) => droppable).map(({ sender }) => sender);
    for (const holder of this.#holders) if (!now.includes(holder)) this.#holders.delete(holder);
    for (const sender of now) this.#holders.add(sender);
  }

  wouldHaveMost(queue: readonly Item[], sender: string | undefined, bytes: number): boolean {
    return shareOf(queue, sender) + bytes >= Math.max(0, ...this.#count(queue).map((holder) => shareOf(queue, holder)));
  }

  /** The newest message of the greatest share; of several equal shares, of the oldest. */
  greediest<T extends Item>(queue: readonly T[]): T | undefined {
    const holders = this.#count(queue);
    const most = Math.max(...holders.map((holder) => shareOf(queue, holder)));
    const holder = holders.find((one) => shareOf(queue, one) === most);
    return queue.findLast(({ droppable, sender }) => droppable && sender === holder);
  }

  #count(queue: readonly Item[]): readonly (string | undefined)[] {
    this.#holders ??= new Set();
    this.changed(queue);
    return [...this.#holders];
  }
}

function shareOf(queue: readonly Item[], one: string | undefined): number {
  return queue.reduce((sum, { droppable, sender, bytes }) => sum + (droppable && sender === one ? bytes : 0), 0);
}
