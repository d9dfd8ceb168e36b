/** Traffic in which arriving messages cause the next ones. */
export interface Flow {
  start(): void;
  /** Stops sending. Resolves when all sent messages have arrived; then it may be started again. */
  stop(): Promise<void>;
}

/** Counts arriving messages. */
export interface Counter {
  /** Counts a message that was sent at `sent`, by the clock of `now`. */
  arrived(sent: number): void;
}
