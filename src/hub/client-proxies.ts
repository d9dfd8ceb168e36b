import { unawaited } from '../promises.ts';
import type { SendOptions } from '../protocol/encoded-message.ts';
import type { CallerClients, HubClients, Receiver, Receivers, UserReceivers } from './clients.ts';
import { type AbortOptions, type InvokeOptions, type Routing, readAbortOptions, type Sender } from './routing.ts';
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
import { checkWithOptions, type WithOptions } from './with-options.ts';

/** What the runtime knows of a client's methods: nothing. The types above are a promise of the hub's author. */
type AnyClient = Record<string, (...args: unknown[]) => unknown>;

const NO_OPTIONS: WithOptions = {};

/** Whose methods ask clients: hears when one begins to wait, and when it goes on. `waits` throws where nobody may wait. */
export interface ClientResultWaiter {
  suspend(): void;
  resume(): void;
}

class ClientProxy implements Receiver<AnyClient> {
  readonly #clients: ClientProxies;
  readonly #target: Target;
  readonly #options: WithOptions;

  constructor(clients: ClientProxies, target: Target, options = NO_OPTIONS) {
    this.#clients = clients;
    this.#target = target;
    this.#options = options;
  }

  send(method: string, ...args: unknown[]): Promise<void> {
    return this.#clients.send(this.#target, method, args, this.#options);
  }

  invoke(method: string, ...args: unknown[]): Promise<never> {
    // What a client answers has the type that the hub's author has promised.
    return this.#clients.invoke(this.#target, method, args, this.#options) as Promise<never>;
  }

  with(options: WithOptions): ClientProxy {
    checkWithOptions(options);
    return new ClientProxy(this.#clients, this.#target, { ...this.#options, ...options });
  }

  abort(options?: AbortOptions): Promise<void> {
    return unawaited(new Promise((resolve) => resolve(this.#clients.abort(this.#target, readAbortOptions(options)))));
  }
}

/** `HubClients` of a hub's context. `gate` throws when its holder may no longer send. */
export class ClientProxies implements HubClients<AnyClient> {
  readonly #routing: Routing;
  readonly #sender: Sender;
  readonly #gate: () => void;
  readonly #asker: ClientResultWaiter | undefined;

  constructor(routing: Routing, sender: Sender, gate: () => void, asker?: ClientResultWaiter) {
    this.#routing = routing;
    this.#sender = sender;
    this.#gate = gate;
    this.#asker = asker;
  }

  get all(): Receivers<AnyClient> {
    return new ClientProxy(this, EVERYBODY);
  }
  allExcept(ids: readonly string[]): Receivers<AnyClient> {
    return new ClientProxy(this, allExcept(ids));
  }
  client(id: string): Receiver<AnyClient> {
    return new ClientProxy(this, toConnections([id]));
  }
  clients(ids: readonly string[]): Receivers<AnyClient> {
    return new ClientProxy(this, toConnections(ids));
  }
  group(name: string): Receivers<AnyClient> {
    return new ClientProxy(this, toGroups([name]));
  }
  groups(names: readonly string[]): Receivers<AnyClient> {
    return new ClientProxy(this, toGroups(names));
  }
  groupExcept(name: string, ids: readonly string[]): Receivers<AnyClient> {
    return new ClientProxy(this, toGroups([name], ids));
  }
  user(id: string): UserReceivers<AnyClient> {
    return new ClientProxy(this, toUsers([id]));
  }
  users(ids: readonly string[]): Receivers<AnyClient> {
    return new ClientProxy(this, toUsers(ids));
  }

  send(target: Target, method: string, args: readonly unknown[], options: SendOptions): Promise<void> {
    try {
      this.#admit(target, method);
    } catch (error) {
      return unawaited(Promise.reject(error));
    }
    return this.#routing.send(this.#sender, target, method, args, options);
  }

  invoke(target: Target, method: string, args: readonly unknown[], options: InvokeOptions): Promise<unknown> {
    try {
      this.#admit(target, method);
      if (target.to !== 'connections' || target.ids.length !== 1) throw new TypeError('One client is asked at a time.');
      this.#asker?.suspend();
    } catch (error) {
      return unawaited(Promise.reject(error));
    }
    const answer = this.#routing.invoke(this.#sender, target.ids[0] as string, method, args, options);
    const asker = this.#asker;
    if (asker !== undefined) {
      const resume = () => asker.resume();
      answer.then(resume, resume);
    }
    return answer;
  }

  abort(target: Target, options: AbortOptions): void {
    this.#gate();
    this.#check(target);
    this.#routing.abort(target, options);
  }

  /** @throws when the holder may not send, or not this. */
  #admit(target: Target, method: string): void {
    this.#gate();
    this.#check(target);
    const fault = faultOfNames("A client method's name", [method]);
    if (fault !== undefined) throw new TypeError(fault);
  }

  #check(target: Target): void {
    const fault = faultOf(target);
    if (fault !== undefined) throw new TypeError(fault);
  }
}

/** `CallerClients` of one connection. */
export class CallerClientProxies extends ClientProxies implements CallerClients<AnyClient> {
  readonly #self: string;

  constructor(
    routing: Routing,
    sender: Sender & { readonly connectionId: string },
    gate: () => void,
    asker: ClientResultWaiter,
  ) {
    super(routing, sender, gate, asker);
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
