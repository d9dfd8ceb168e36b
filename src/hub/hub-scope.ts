import { RefusedError } from '../errors.ts';
import type { CallerConnection } from './caller-connection.ts';
import { CallerHub, type CallScope } from './caller-hub.ts';
import type { ClientResultWaiter } from './client-result-waiter.ts';
import type { User } from './connection-info.ts';
import type { Routing, Sender } from './routing.ts';

/**
 * One call, `onConnected` or `onDisconnected`: its hub object, and the server's control of it. Authors never hold it.
 */
export class HubScope implements CallScope {
  readonly connection: CallerConnection;
  /** The user when the call began: a refresh of the authentication changes it for later calls only. */
  readonly user: User | null;
  /** The hub object for the author. */
  readonly hub: CallerHub;
  #refusal: string | undefined;
  #isCancelled = false;
  #controller: AbortController | undefined;
  /** Number of client results that the call waits for. */
  #pendingResults = 0;
  #waiter: ClientResultWaiter | undefined;

  constructor(connection: CallerConnection) {
    this.connection = connection;
    this.user = connection.user;
    this.hub = new CallerHub(this);
  }

  get routing(): Routing {
    return this.connection.hub.routing;
  }
  get sender(): Sender {
    return this.connection;
  }
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = this.connection.abortSignals.create();
      if (this.#isCancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  assertOpen(): void {
    if (this.#refusal !== undefined) throw new RefusedError(this.#refusal);
  }

  /** Sets the waiter, which is called from now on; at once when the call waits already. */
  setWaiter(waiter: ClientResultWaiter): void {
    this.#waiter = waiter;
    if (this.#pendingResults > 0) waiter.suspend();
  }

  suspend(): void {
    if (this.#pendingResults === 0) this.#waiter?.suspend();
    this.#pendingResults += 1;
  }

  resume(): void {
    this.#pendingResults -= 1;
    if (this.#pendingResults === 0) this.#waiter?.resume();
  }

  /** The client no longer wants the result, or the call's time is over: the signal fires. */
  cancel(): void {
    this.#isCancelled = true;
    this.#controller?.abort();
  }

  /** The call has been answered before its method was done: the hub object no longer sends or gives its state. */
  expire(refusal: string): void {
    this.#refusal = refusal;
    this.cancel();
  }
}
