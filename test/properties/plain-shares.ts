import type { EncodedMessage } from '../../src/protocol/encoded-message.ts';

/** One that waits. */
interface Item {
  readonly bytes: number;
  readonly droppable: boolean;
  readonly sender?: EncodedMessage['sender'];
}

/** Who has most of a line of messages, in the plainest words: counted from the first time that somebody asks. */
export class PlainShares {
  /** Who has something, in the order in which they began. */
  #holders: Set<string | undefined> | undefined;

  /** Nothing waits any more, and nobody counts. */
  forget(): void {
    this.#holders = undefined;
  }

  /** Told of every change of the line. */
  changed(line: readonly Item[]): void {
    if (this.#holders === undefined) return;
    const now = line.filter(({ droppable }) => droppable).map(({ sender }) => sender);
    for (const holder of this.#holders) if (!now.includes(holder)) this.#holders.delete(holder);
    for (const sender of now) this.#holders.add(sender);
  }

  wouldHaveMost(line: readonly Item[], sender: string | undefined, bytes: number): boolean {
    return shareOf(line, sender) + bytes >= Math.max(0, ...this.#count(line).map((holder) => shareOf(line, holder)));
  }

  /** The newest of who has most; of several, who has had something for longest. */
  greediest<T extends Item>(line: readonly T[]): T | undefined {
    const holders = this.#count(line);
    const most = Math.max(...holders.map((holder) => shareOf(line, holder)));
    const holder = holders.find((one) => shareOf(line, one) === most);
    return line.findLast(({ droppable, sender }) => droppable && sender === holder);
  }

  #count(line: readonly Item[]): readonly (string | undefined)[] {
    this.#holders ??= new Set();
    this.changed(line);
    return [...this.#holders];
  }
}

function shareOf(line: readonly Item[], one: string | undefined): number {
  return line.reduce((sum, { droppable, sender, bytes }) => sum + (droppable && sender === one ? bytes : 0), 0);
}
