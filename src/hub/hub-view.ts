import { RefusedError } from '../errors.ts';
import { type Log, logWith } from '../log.ts';
import { CallerClientProxies, type ClientResultWaiter } from './client-proxies.ts';
import type { CallerClients } from './clients.ts';
import type { ConnectionInfo, HubRequest, User } from './connection-info.ts';
import type { EndSignals } from './end-signals.ts';
import { type Groups, groupsOver } from './groups.ts';
import type { Hub } from './hub.ts';
import type { MountedHub } from './mounted-hub.ts';
import { type AbortOptions, readAbortOptions, type Sender } from './routing.ts';

/** What a hub needs of its connection. Implemented by `actors/connection.ts`. */
export interface CallerConnection extends ConnectionInfo, Sender {
  readonly connectionId: string;
  readonly hub: MountedHub;
  readonly endSignals: EndSignals;
  /** The state that lives as long as the connection. */
  readonly state: unknown;
  /** Made when it is asked for. */
  items: Map<unknown, unknown> | undefined;
  abort(options?: AbortOptions): void;
}

type AnyClient = Record<string, (...args: unknown[]) => unknown>;

/** The `hub` argument of one call: a view of the connection that can be closed when the call takes too long. */
export class HubView implements Hub<AnyClient, unknown>, ClientResultWaiter {
  readonly #connection: CallerConnection;
  readonly #stateOfConnection: unknown;
  /** With lifetime 'invocation': the state of this call, once it has been asked for. */
  #ownState: { readonly value: unknown } | undefined;
  #refusal: string | undefined;
  #clients: CallerClientProxies | undefined;
  #groups: Groups | undefined;
  #controller: AbortController | undefined;
  #cancelled = false;
  /** How many questions to clients wait for their answers. */
  #questions = 0;
  #asker: ClientResultWaiter | undefined;

  constructor(connection: CallerConnection, stateOfConnection: unknown) {
    this.#connection = connection;
    this.#stateOfConnection = stateOfConnection;
  }

  get connectionId(): string {
    return this.#connection.connectionId;
  }
  get user(): User | null {
    return this.#connection.user;
  }
  get request(): HubRequest {
    return this.#connection.request;
  }
  get state(): unknown {
    this.#gate();
    const { hub } = this.#connection;
    if (hub.record.lifetime !== 'invocation') return hub.sharedState(this.#stateOfConnection);
    this.#ownState ??= { value: hub.newState(this.#connection) };
    return this.#ownState.value;
  }
  get shared(): unknown {
    this.#gate();
    return this.#connection.hub.shared;
  }
  get clients(): CallerClients<AnyClient> {
    this.#clients ??= new CallerClientProxies(this.#connection.hub.routing, this.#connection, () => this.#gate(), this);
    return this.#clients;
  }
  get groups(): Groups {
    this.#groups ??= groupsOver(this.#connection.hub.routing, () => this.#gate());
    return this.#groups;
  }
  get items(): Map<unknown, unknown> {
    this.#connection.items ??= new Map();
    return this.#connection.items;
  }
  get log(): Log {
    return logWith(this.#connection.hub.authorLog, { connectionId: this.connectionId });
  }
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = this.#connection.endSignals.create();
      if (this.#cancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  abort(options?: AbortOptions): void {
    this.#connection.abort(readAbortOptions(options));
  }

  /** Whoever runs the call hears from now on when it waits for clients; also when it does already. */
  setWaiter(asker: ClientResultWaiter): void {
    this.#asker = asker;
    if (this.#questions > 0) asker.suspend();
  }

  suspend(): void {
    if (this.#questions === 0) this.#asker?.suspend();
    this.#questions += 1;
  }

  resume(): void {
    this.#questions -= 1;
    if (this.#questions === 0) this.#asker?.resume();
  }

  /** The client no longer wants the answer, or the call's time is over. */
  cancel(): void {
    this.#cancelled = true;
    this.#controller?.abort();
  }

  /** The call was answered without it: from now on it can neither send nor touch the state. */
  expire(refusal: string): void {
    this.#refusal = refusal;
    this.cancel();
  }

  #gate(): void {
    if (this.#refusal !== undefined) throw new RefusedError(this.#refusal);
  }
}
