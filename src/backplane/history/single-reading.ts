/** A reading of which at most one runs at a time. Who asks while it runs shares the next one with others. */
export class SingleReading {
  readonly #read: () => Promise<void>;
  readonly #failed: () => void;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param failed Called after a reading that has rejected. */
  constructor(read: () => Promise<void>, failed: () => void) {
    this.#read = read;
    this.#failed = failed;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves or rejects as a reading that begins after the call: one that runs may have missed what the caller knows. */
  run(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const reading = this.#read();
    this.#running = reading;
    const ended = (): void => {
      if (this.#running === reading) this.#running = undefined;
    };
    reading.then(ended, () => {
      ended();
      this.#failed();
    });
    return reading;
  }
}
