/** An invocation of one client that has no result yet. */
export interface PendingInvocation {
  /**
   * No other invocation of the hub has it, now or later, so that a late completion finds none. It does not tell a
   * client how often others are invoked. It begins with a letter, unlike the ids of official clients, so the two never
   * meet.
   */
  readonly id: string;
  /** May stay unawaited. */
  readonly result: Promise<unknown>;
  /** Rejects the result: the invocation was not sent. */
  fail(error: unknown): void;
}
