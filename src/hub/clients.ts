import { unawaited } from '../promises.ts';
import type { SendOptions } from '../protocol/encoded-message.ts';
import type { AbortOptions, Routing, Sender } from './routing.ts';
import {
  allExcept,
  EVERYBODY,
  faultOf,
  faultOfNames,
  type Target,
  toConnections,
  toGroups,
  toUsers,
} from './target.ts';

type ParametersOf<F> = F extends (...args: infer P) => unknown ? P : never;
type NamesOf<C> = keyof C & string;

/** Some connections, to send to. */
export interface Receivers<C> {
  /**
   * Calls a method of each of these clients. Never throws. The promise resolves when the message stands in the lane of
   * every receiver (it does not wait for any socket, except `caller.send`, which waits while the caller itself reads too
   * slowly); it rejects when the message cannot be written or is refused. It need not be awaited.
   */
  send<K extends NamesOf<C>>(method: K, ...args: ParametersOf<C[K]>): Promise<void>;
  /** The same receivers, with options for what is sent. */
  with(options: SendOptions): Receivers<C>;
}

/** All connections of a user. */
export interface UserReceivers<C> extends Receivers<C> {
  with(options: SendOptions): UserReceivers<C>;
  /** Ends them. Resolves when all of them are closing. */
  abort(options?: AbortOptions): Promise<void>;
}

/** One connection. */
export interface Receiver<C> extends Receivers<C> {
  with(options: SendOptions): Receiver<C>;
  /** Ends it. Resolves when it is closing. */
  abort(options?: AbortOptions): Promise<void>;
}

/** Everybody whom a hub can reach. Unknown ids, users and groups are no error: nobody receives the message. */
export interface HubClients<C> {
  readonly all: Receivers<C>;
  allExcept(ids: readonly string[]): Receivers<C>;
  client(id: string): Receiver<C>;
  clients(ids: readonly string[]): Receivers<C>;
  group(name: string): Receivers<C>;
  /** A member of several of these groups gets the message once for each, as in ASP.NET Core SignalR. */
  groups(names: readonly string[]): Receivers<C>;
  groupExcept(name: string, ids: readonly string[]): Receivers<C>;
  user(id: string): UserReceivers<C>;
  users(ids: readonly string[]): Receivers<C>;
}

/** The same, from inside a method: it knows who called. */
export interface CallerClients<C> extends HubClients<C> {
  readonly caller: Receiver<C>;
  readonly others: Receivers<C>;
  othersInGroup(name: string): Receivers<C>;
}

/** What the runtime knows of a client's methods: nothing. The types above are a promise of the hub's author. */
type AnyClient = Record<string, (...args: unknown[]) => unknown>;

const NO_OPTIONS: SendOptions = {};

class Addressed implements Receiver<AnyClient> {
  readonly #clients: ReachableClients;
  readonly #target: Target;
  readonly #options: SendOptions;

  constructor(clients: ReachableClients, target: Target, options: SendOptions = NO_OPTIONS) {
    this.#clients = clients;
    this.#target = target;
    this.#options = options;
  }

  send(method: string, ...args: unknown[]): Promise<void> {
    return this.#clients.send(this.#target, method, args, this.#options);
  }

  with(options: SendOptions): Addressed {
    return new Addressed(this.#clients, this.#target, { ...this.#options, ...options });
  }

  abort(options: AbortOptions = {}): Promise<void> {
    return unawaited(new Promise((resolve) => resolve(this.#clients.abort(this.#target, options))));
  }
}

/** `HubClients` of a hub's context. `gate` throws when its holder may no longer send. */
export class ReachableClients implements HubClients<AnyClient> {
  readonly #routing: Routing;
  readonly #sender: Sender;
  readonly #gate: () => void;

  constructor(routing: Routing, sender: Sender, gate: () => void) {
    this.#routing = routing;
    this.#sender = sender;
    this.#gate = gate;
  }

  get all(): Receivers<AnyClient> {
    return new Addressed(this, EVERYBODY);
  }
  allExcept(ids: readonly string[]): Receivers<AnyClient> {
    return new Addressed(this, allExcept(ids));
  }
  client(id: string): Receiver<AnyClient> {
    return new Addressed(this, toConnections([id]));
  }
  clients(ids: readonly string[]): Receivers<AnyClient> {
    return new Addressed(this, toConnections(ids));
  }
  group(name: string): Receivers<AnyClient> {
    return new Addressed(this, toGroups([name]));
  }
  groups(names: readonly string[]): Receivers<AnyClient> {
    return new Addressed(this, toGroups(names));
  }
  groupExcept(name: string, ids: readonly string[]): Receivers<AnyClient> {
    return new Addressed(this, toGroups([name], ids));
  }
  user(id: string): UserReceivers<AnyClient> {
    return new Addressed(this, toUsers([id]));
  }
  users(ids: readonly string[]): Receivers<AnyClient> {
    return new Addressed(this, toUsers(ids));
  }

  send(target: Target, method: string, args: readonly unknown[], options: SendOptions): Promise<void> {
    try {
      this.#gate();
      this.#check(target);
      const fault = faultOfNames("A client method's name", [method]);
      if (fault !== undefined) throw new TypeError(fault);
    } catch (error) {
      return unawaited(Promise.reject(error));
    }
    return this.#routing.send(this.#sender, target, method, args, options);
  }

  abort(target: Target, options: AbortOptions): void {
    this.#gate();
    this.#check(target);
    this.#routing.abort(target, options);
  }

  #check(target: Target): void {
    const fault = faultOf(target);
    if (fault !== undefined) throw new TypeError(fault);
  }
}

/** `CallerClients` of one connection. */
export class CallersClients extends ReachableClients implements CallerClients<AnyClient> {
  readonly #self: string;

  constructor(routing: Routing, sender: Sender & { readonly connectionId: string }, gate: () => void) {
    super(routing, sender, gate);
    this.#self = sender.connectionId;
  }

  get caller(): Receiver<AnyClient> {
    return this.client(this.#self);
  }
  get others(): Receivers<AnyClient> {
    return this.allExcept([this.#self]);
  }
  othersInGroup(name: string): Receivers<AnyClient> {
    return this.groupExcept(name, [this.#self]);
  }
}
