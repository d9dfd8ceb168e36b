import type { RoutedMessage } from './routed-message.ts';

/** One of the two ways out, as the router sees it: it decides and counts. Implemented by `actors/outbox.ts`. */
export interface OutboxPort {
  /** Whether one more message may not be held back. */
  readonly isFull: boolean;
  /** Whether the message may be committed now: 'commit', an error that refuses it, or a promise of either. */
  decide(routed: RoutedMessage): Decision | Promise<Decision>;
  accepted(): void;
  committed(): void;
  refused(error: Error): void;
  held(): void;
  released(): void;
}

export type Decision = 'commit' | Error;
