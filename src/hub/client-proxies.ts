import type { Position } from '../protocol/position.ts';
import { ClientCall } from './client-call.ts';
import type { ClientCallOptions } from './client-call-options.ts';
import type { AnyClient, CallerClients, HubClients, Receiver, Receivers, UserReceivers } from './clients.ts';
import type { AbortOptions } from './routing.ts';
import type { SenderScope } from './sender-scope.ts';
import { ALL, allExcept, type Target, toConnections, toGroups, toUsers } from './target.ts';

/**
 * `Receivers`. Authors hold it, so it has no member that its type does not show; the same holds for all proxies below.
 */
class ClientProxy implements Receivers<AnyClient> {
  readonly #call: ClientCall;

  constructor(call: ClientCall) {
    this.#call = call;
  }

  send(method: string, ...args: unknown[]): Promise<Position | undefined> {
    return this.#call.send(method, args);
  }

  with(options: ClientCallOptions): ClientProxy {
    return new ClientProxy(this.#call.with(options));
  }
}

class UserProxy implements UserReceivers<AnyClient> {
  readonly #call: ClientCall;

  constructor(call: ClientCall) {
    this.#call = call;
  }

  send(method: string, ...args: unknown[]): Promise<Position | undefined> {
    return this.#call.send(method, args);
  }

  with(options: ClientCallOptions): UserProxy {
    return new UserProxy(this.#call.with(options));
  }

  abort(options?: AbortOptions): Promise<void> {
    return this.#call.abort(options);
  }
}

class SingleClientProxy implements Receiver<AnyClient> {
  readonly #call: ClientCall;
  readonly #connectionId: string;

  constructor(call: ClientCall, connectionId: string) {
    this.#call = call;
    this.#connectionId = connectionId;
  }

  send(method: string, ...args: unknown[]): Promise<Position | undefined> {
    return this.#call.send(method, args);
  }

  invoke(method: string, ...args: unknown[]): Promise<never> {
    // The client's result has the type that the hub's author has promised.
    return this.#call.invoke(this.#connectionId, method, args) as Promise<never>;
  }

  with(options: ClientCallOptions): SingleClientProxy {
    return new SingleClientProxy(this.#call.with(options), this.#connectionId);
  }

  abort(options?: AbortOptions): Promise<void> {
    return this.#call.abort(options);
  }
}

/** `HubClients` for the holder of a scope. */
export class ClientProxies implements HubClients<AnyClient> {
  readonly #scope: SenderScope;

  constructor(scope: SenderScope) {
    this.#scope = scope;
  }

  get all(): Receivers<AnyClient> {
    return this.#to(ALL);
  }
  allExcept(ids: readonly string[]): Receivers<AnyClient> {
    return this.#to(allExcept(ids));
  }
  client(id: string): Receiver<AnyClient> {
    return new SingleClientProxy(new ClientCall(this.#scope, toConnections([id])), id);
  }
  clients(ids: readonly string[]): Receivers<AnyClient> {
    return this.#to(toConnections(ids));
  }
  group(name: string): Receivers<AnyClient> {
    return this.#to(toGroups([name]));
  }
  groups(names: readonly string[]): Receivers<AnyClient> {
    return this.#to(toGroups(names));
  }
  groupExcept(name: string, ids: readonly string[]): Receivers<AnyClient> {
    return this.#to(toGroups([name], ids));
  }
  user(id: string): UserReceivers<AnyClient> {
    return new UserProxy(new ClientCall(this.#scope, toUsers([id])));
  }
  users(ids: readonly string[]): Receivers<AnyClient> {
    return this.#to(toUsers(ids));
  }

  #to(target: Target): ClientProxy {
    return new ClientProxy(new ClientCall(this.#scope, target));
  }
}

/** `CallerClients` of one call. */
export class CallerClientProxies extends ClientProxies implements CallerClients<AnyClient> {
  readonly #callerId: string;

  constructor(scope: SenderScope, callerId: string) {
    super(scope);
    this.#callerId = callerId;
  }

  get caller(): Receiver<AnyClient> {
    return this.client(this.#callerId);
  }
  get others(): Receivers<AnyClient> {
    return this.allExcept([this.#callerId]);
  }
  othersInGroup(name: string): Receivers<AnyClient> {
    return this.groupExcept(name, [this.#callerId]);
  }
}
