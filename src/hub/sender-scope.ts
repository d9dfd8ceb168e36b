import type { ClientResultWaiter } from './client-result-waiter.ts';
import type { Routing, Sender } from './routing.ts';

/** The right to use the clients and groups of a hub: of a call until it expires, of a hub context without an end. */
export interface SenderScope extends ClientResultWaiter {
  readonly routing: Routing;
  readonly sender: Sender;
  /** @throws {RefusedError} when the call has expired. */
  assertOpen(): void;
}
