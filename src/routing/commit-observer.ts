import type { RoutedMessage } from './routed-message.ts';

/**
 * Gets every message of a hub at its commit. The router calls its observers one after the other, always in the same
 * order, in one call: so each of them sees the messages in the same order.
 */
export interface CommitObserver {
  /**
   * Never throws, and never waits.
   *
   * @returns number of slices before the message in the lane that has most of them: a sender that awaits its message
   *   waits until they are written. 0: there is nothing to wait for.
   */
  committed(routed: RoutedMessage): number;
}
