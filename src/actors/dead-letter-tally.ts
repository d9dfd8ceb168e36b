import type { DeadLetterEvent, DeadLetterReason } from './dead-letters.ts';

/** Dead letters of one turn of the event loop, told once at its end: clients can cause them by the hundred thousand. */
export class DeadLetterTally {
  readonly #later: (run: () => void) => void;
  readonly #tell: (event: DeadLetterEvent) => void;
  readonly #counts = new Map<DeadLetterReason, { count: number; connectionId: string }>();

  constructor(later: (run: () => void) => void, tell: (event: DeadLetterEvent) => void) {
    this.#later = later;
    this.#tell = tell;
  }

  /** @param connectionId Of the latest, as an example. */
  add(reason: DeadLetterReason, count: number, connectionId: string): void {
    if (this.#counts.size === 0) this.#later(() => this.flush());
    const counted = this.#counts.get(reason);
    if (counted === undefined) this.#counts.set(reason, { count, connectionId });
    else {
      counted.count += count;
      counted.connectionId = connectionId;
    }
  }

  /** Tells what has not been told. */
  flush(): void {
    const counts = [...this.#counts];
    this.#counts.clear();
    for (const [reason, { count, connectionId }] of counts) {
      this.#tell({ type: 'letters.died', reason, count, connectionId });
    }
  }
}
