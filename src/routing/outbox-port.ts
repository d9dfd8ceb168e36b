import type { RoutedMessage } from './routed-message.ts';

/**
 * One of the two outboxes of a hub, as the router sees it: it decides and counts. Implemented by `actors/outbox.ts`.
 */
export interface OutboxPort {
  /** Whether no further message may be held. */
  readonly isFull: boolean;
  /** Decides about a message: 'commit', an error that refuses it, or a promise of either, which holds it. */
  decide(routed: RoutedMessage): Decision | Promise<Decision>;
  accepted(): void;
  committed(): void;
  refused(error: Error): void;
  held(): void;
  released(): void;
}

export type Decision = 'commit' | Error;
