/** Traffic that keeps itself going. */
export interface Flow {
  start(): void;
  /** Sends nothing more. Resolves when all that was sent has arrived; then it may be started again. */
  stop(): Promise<void>;
}

/** Counts what arrives. */
export interface Counter {
  /** A message has arrived that was sent at `sent`, by the clock of `now`. */
  arrived(sent: number): void;
}
