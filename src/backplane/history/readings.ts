/** Readings of one log, one after the other. They know whether more may have been added than this node was told. */
export class Readings {
  readonly #read: () => Promise<void>;
  readonly #failed: () => void;
  #present: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Number of times that something may have been missed: now, and when the latest reading began that has succeeded. */
  #losses = 0;
  #lossesBefore: number | undefined;

  /** @param read Reads everything that is missing. @param failed Is called when it has rejected. */
  constructor(read: () => Promise<void>, failed: () => void) {
    this.#read = read;
    this.#failed = failed;
  }

  get isRunning(): boolean {
    return this.#present !== undefined;
  }
  /** Whether something may have been missed at any time. */
  get hasMissed(): boolean {
    return this.#losses > 0;
  }
  /** Whether a reading has succeeded. */
  get hasRead(): boolean {
    return this.#lossesBefore !== undefined;
  }
  /** Whether more may have been added than was told: nothing was read yet, or something may have been missed since. */
  get isBehind(): boolean {
    return this.#lossesBefore !== this.#losses;
  }

  /** Something may have been missed. */
  missed(): void {
    this.#losses += 1;
  }

  /** Resolves when a reading has ended that has begun since the call. Rejects as the reading does. */
  begin(): Promise<void> {
    if (this.#present === undefined) return this.#begin();
    // A reading that has begun may have missed what this caller knows of.
    this.#next ??= this.#present.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const losses = this.#losses;
    const reading = this.#read();
    this.#present = reading;
    const ended = (): void => {
      if (this.#present === reading) this.#present = undefined;
    };
    reading.then(
      () => {
        ended();
        this.#lossesBefore = losses;
      },
      () => {
        ended();
        this.#failed();
      },
    );
    return reading;
  }
}
