import type { Log } from '../log.ts';
import type { LimitedLog } from '../log-limit.ts';
import type { CloseReason } from '../protocol/close.ts';
import type { Codec, ReadingLimits } from '../protocol/codec.ts';
import type { ConnectionInfo } from './connection-info.ts';
import { Dispatcher, type NamedMethod } from './dispatcher.ts';
import { type AnyHub, Filters, type HubFilter } from './filters.ts';
import { createHubContext, type HubContext } from './hub-context.ts';
import type { ResolvedHubOptions } from './hub-options.ts';
import type { PresencePort } from './presence-port.ts';
import type { Routing } from './routing.ts';
import type { HubRecord } from './setup-hub.ts';

/** A hub definition at its path of one server, with its options, its shared values and its routing. */
export class MountedHub {
  readonly path: string;
  readonly record: HubRecord;
  readonly options: ResolvedHubOptions;
  readonly codecs: readonly Codec[];
  /** Limits of one record of a client. */
  readonly readingLimits: ReadingLimits;
  readonly routing: Routing;
  readonly presence: PresencePort;
  readonly dispatcher: Dispatcher;
  readonly context: HubContext<unknown>;
  /** Log for lines of the server, which clients can cause: limited. */
  readonly log: LimitedLog;
  /** Log for the hub's author, who has to limit it. */
  readonly authorLog: Log;
  /** The value of `shared()`. */
  readonly shared: unknown;
  readonly #filters: Filters;
  readonly #stateOfServer: unknown;

  /**
   * @throws what `shared()` or, with lifetime 'server', `state()` throws; {OptionsError} when names of methods clash.
   */
  constructor(parts: {
    readonly path: string;
    readonly record: HubRecord;
    readonly options: ResolvedHubOptions;
    /** The filters of the server, then those of the hub. */
    readonly filters: readonly HubFilter[];
    readonly codecs: readonly Codec[];
    readonly routing: Routing;
    readonly presence: PresencePort;
    readonly log: LimitedLog;
    readonly authorLog: Log;
  }) {
    this.path = parts.path;
    this.record = parts.record;
    this.options = parts.options;
    this.codecs = parts.codecs;
    const { maximumReceiveMessageBytes, maximumValuesPerMessage } = parts.options;
    this.readingLimits = { maximumBytes: maximumReceiveMessageBytes, maximumValues: maximumValuesPerMessage };
    this.routing = parts.routing;
    this.presence = parts.presence;
    this.log = parts.log;
    this.authorLog = parts.authorLog;
    this.dispatcher = new Dispatcher(parts.path, parts.record.methods, parts.options.detailedErrors, this.log);
    this.context = createHubContext(parts.routing, parts.presence);
    this.#filters = new Filters(parts.filters);
    this.shared = parts.record.shared?.();
    this.#stateOfServer = parts.record.lifetime === 'server' ? parts.record.state?.() : undefined;
  }

  /**
   * Runs a method, with the filters around it. May throw.
   *
   * @param ran Called with what the method returns to a filter.
   */
  invoke(hub: AnyHub, method: NamedMethod, args: readonly unknown[], ran?: (returned: unknown) => void): unknown {
    return this.#filters.invoke(hub, method, args, ran);
  }

  /** Runs `onConnected`, with the filters around it. May throw. */
  connect(hub: AnyHub): unknown {
    return this.#filters.connect(hub, () => this.record.onConnected?.(hub));
  }

  /** Runs `onDisconnected`, with the filters around it. May throw. */
  disconnect(hub: AnyHub, reason: CloseReason): unknown {
    return this.#filters.disconnect(hub, reason, () => this.record.onDisconnected?.(hub, reason));
  }

  /** Makes the state that lives as long as a connection; undefined with another lifetime. May throw. */
  stateOfConnection(connection: ConnectionInfo): unknown {
    return this.record.lifetime === 'connection' ? this.newState(connection) : undefined;
  }

  /** Makes a state for one connection or call. May throw. */
  newState(connection: ConnectionInfo): unknown {
    return this.record.state?.(connection);
  }

  /** The state that several calls share: the connection's, or the whole hub's. */
  sharedState(stateOfConnection: unknown): unknown {
    return this.record.lifetime === 'server' ? this.#stateOfServer : stateOfConnection;
  }
}
