import { type Log, logWith } from '../log.ts';
import type { CallerConnection } from './caller-connection.ts';
import { CallerClientProxies } from './client-proxies.ts';
import type { AnyClient, CallerClients } from './clients.ts';
import type { HubRequest, User } from './connection-info.ts';
import { type Groups, groupsOver } from './groups.ts';
import type { History } from './history.ts';
import type { Hub } from './hub.ts';
import { callerPresence } from './hub-presence.ts';
import { openHistory } from './open-history.ts';
import type { Presence, PresenceView } from './presence.ts';
import { type AbortOptions, readAbortOptions } from './routing.ts';
import type { SenderScope } from './sender-scope.ts';

/** The call for which a hub object is made, as that object sees it. */
export interface CallScope extends SenderScope {
  readonly connection: CallerConnection;
  readonly user: User | null;
  readonly signal: AbortSignal;
}

/** The `hub` argument of one call. Authors hold it, so it has the members of `Hub` and no others. */
export class CallerHub implements Hub<AnyClient, unknown> {
  readonly #scope: CallScope;
  /** With lifetime 'invocation': the state of this call, made at the first use. */
  #ownState: { readonly value: unknown } | undefined;
  #clients: CallerClients<AnyClient> | undefined;
  #groups: Groups | undefined;
  #presence: (Presence & PresenceView) | undefined;

  constructor(scope: CallScope) {
    this.#scope = scope;
  }

  get connectionId(): string {
    return this.#scope.connection.connectionId;
  }
  get user(): User | null {
    return this.#scope.user;
  }
  get request(): HubRequest {
    return this.#scope.connection.request;
  }
  get state(): unknown {
    this.#scope.assertOpen();
    const { connection } = this.#scope;
    const { hub } = connection;
    if (hub.record.lifetime !== 'invocation') return hub.sharedState(connection.state);
    this.#ownState ??= { value: hub.newState(connection) };
    return this.#ownState.value;
  }
  get shared(): unknown {
    this.#scope.assertOpen();
    return this.#scope.connection.hub.shared;
  }
  get clients(): CallerClients<AnyClient> {
    this.#clients ??= new CallerClientProxies(this.#scope, this.connectionId);
    return this.#clients;
  }
  get groups(): Groups {
    this.#groups ??= groupsOver(this.#scope);
    return this.#groups;
  }
  history(group: string): History {
    return openHistory(this.#scope, group);
  }
  get presence(): Presence & PresenceView {
    const { connection } = this.#scope;
    this.#presence ??= callerPresence(connection.hub.presence, connection, () => this.#scope.assertOpen());
    return this.#presence;
  }
  get items(): Map<unknown, unknown> {
    const { connection } = this.#scope;
    connection.items ??= new Map();
    return connection.items;
  }
  get log(): Log {
    return logWith(this.#scope.connection.hub.authorLog, { connectionId: this.connectionId });
  }
  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  abort(options?: AbortOptions): void {
    this.#scope.connection.abort(readAbortOptions(options));
  }
}
