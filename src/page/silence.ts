/** Time between two checks, in milliseconds. */
const CHECK_MS = 10_000;

export interface SilenceEvents {
  /** Nothing has been received for 10 to 20 s. */
  began(): void;
  /** Nothing has been received for another 10 s. */
  lasted(): void;
}

/** Watches whether anything is received on a connection. */
export class Silence {
  readonly #events: SilenceEvents;
  /** Number of checks since something was received. */
  #checks = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(events: SilenceEvents) {
    this.#events = events;
  }

  start(): void {
    this.stop();
    this.received();
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  received(): void {
    this.#checks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    this.#checks += 1;
    if (this.#checks === 2) this.#events.began();
    if (this.#checks === 3) this.#events.lasted();
  }
}
