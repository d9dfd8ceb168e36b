import {
  type DetachedConnectionsOptions,
  type DetachedLimits,
  resolveDetachedLimits,
} from './actors/detached-limits.ts';
import { type Clock, systemClock } from './clock.ts';
import { OptionsError } from './errors.ts';
import { checkFilters, type HubFilter } from './hub/filters.ts';
import { type HubOptions, type ResolvedHubOptions, resolveHubOptions } from './hub/hub-options.ts';
import { type AnyHubDefinition, type HubRecord, recordOfHub } from './hub/setup-hub.ts';
import { createLog, LOG_LEVELS, type Log, type LogLevel } from './log.ts';
import type { Storage } from './storage/storage.ts';
import { storageFrom } from './storage/storage-from.ts';
import type { Authenticate } from './transports/admission.ts';
import { HostNames } from './transports/hosts.ts';
import type { Origins } from './transports/origins.ts';
import { isPath, normalisePath } from './transports/request-info.ts';

/** What `createServer` takes. */
export interface ServerOptions {
  /** The hubs by their paths, such as '/hubs/chat'. Clients' paths are matched ignoring case. */
  readonly hubs: Readonly<Record<string, AnyHubDefinition>>;
  /** Defaults for every hub; a hub's own options win, one by one. */
  readonly hubOptions?: HubOptions;
  /** Around every call and both ends of every connection, outside of the hubs' own filters; the first is outermost. */
  readonly filters?: readonly HubFilter[];
  /**
   * Says who sends a request, before a connection is made. null: nobody in particular, whom 'anonymous' hubs let in.
   * Throwing refuses with 401. Default: everybody is nobody in particular.
   */
  readonly authenticate?: Authenticate;
  /**
   * Other origins whose pages may connect: exact (`https://app.example`), or a function. The server's own origin, and
   * requests without one (they come from no page), always may. Default: none.
   */
  readonly origins?: Origins;
  /**
   * Hosts that requests may name, as they stand in an address: 'chat.example', or 'chat.example:8080' for that port only, in
   * any case; '*': any. A server that listens on a loopback address answers only for names of this machine (`localhost`,
   * names that end in `.localhost`, 127.x.x.x, `[::1]`), the hosts of `origins`, and these; one that listens elsewhere, or is
   * attached, asks only when there is one here. Others get 421: their page may have had its name pointed at this machine
   * (DNS rebinding). `/healthz` and `/readyz` answer for every host. Default: none.
   */
  readonly hosts?: readonly string[];
  /** What may be kept for clients that have lost their transport and may come back (`allowStatefulReconnects`). */
  readonly detachedConnections?: DetachedConnectionsOptions;
  /**
   * Bytes that may wait in all connections together: calls and items of uploads that have been read and wait, by what they
   * take in memory, and bytes that have not been read yet. Past it the connection that holds most ends (close reason
   * `overflow`), until it holds again. Default: 67,108,864. It should be well below the heap of the process.
   */
  readonly maximumWaitingBytes?: number;
  /**
   * Where sessions are recorded: 'memory:' (for tests: it forgets nothing), 'sqlite:PATH', or an object that implements the
   * port. Default: sessions are not recorded.
   */
  readonly storage?: string | Storage;
  /**
   * Opens `/inspect` for XState inspectors. Without a token they have to run on this machine. Default: false; then there is
   * no observer, and it costs nothing.
   */
  readonly inspect?: boolean | { readonly token?: string };
  /**
   * Where time comes from. When it jumps, time has passed, unless it says `isReal`: then the process was stopped, and no limit
   * on a client has passed. Default: Node's.
   */
  readonly clock?: Clock;
  /** Where log lines go; pino's loggers fit. Default: JSON lines on standard error. */
  readonly logger?: Log;
  /** What the default logger writes. Default: 'info'. */
  readonly logLevel?: LogLevel;
}

export interface ResolvedHub {
  readonly path: string;
  readonly definition: AnyHubDefinition;
  readonly record: HubRecord;
  readonly options: ResolvedHubOptions;
  /** The server's, then the hub's. */
  readonly filters: readonly HubFilter[];
}

export interface ResolvedOptions {
  readonly hubs: readonly ResolvedHub[];
  readonly authenticate: Authenticate;
  readonly origins: Origins;
  readonly hosts: HostNames;
  readonly detachedConnections: DetachedLimits;
  readonly maximumWaitingBytes: number;
  readonly storage: Storage | undefined;
  readonly inspect: { readonly token?: string } | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const MAXIMUM_WAITING_BYTES = 64 * 1024 * 1024;

const KNOWN = new Set([
  'hubs',
  'hubOptions',
  'filters',
  'authenticate',
  'origins',
  'hosts',
  'detachedConnections',
  'maximumWaitingBytes',
  'storage',
  'inspect',
  'clock',
  'logger',
  'logLevel',
]);

/**
 * Checks the options once, fills in the defaults, and freezes what comes out.
 *
 * @throws {OptionsError} naming the option, what it is and what it may be.
 */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name))
      throw new OptionsError(`createServer: there is no option ${name}. Known: ${[...KNOWN].join(', ')}.`);
  }
  const hubs: unknown = options.hubs;
  if (typeof hubs !== 'object' || hubs === null) {
    throw new OptionsError('createServer: hubs is missing. It holds hubs by their paths: { "/hubs/chat": chatHub }.');
  }
  const { logLevel = 'info' } = options;
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new OptionsError(
      `createServer: logLevel is ${JSON.stringify(logLevel)}, but it must be one of ${LOG_LEVELS.join(', ')}.`,
    );
  }
  const isInspected = options.inspect !== undefined && options.inspect !== false;
  if (isInspected && Object.keys(options.hubs).some((path) => normalisePath(path) === '/inspect')) {
    throw new OptionsError(
      'createServer: hubs["/inspect"] is where the inspector is; choose another path, or leave out inspect.',
    );
  }
  return Object.freeze({
    hubs: Object.freeze(resolveHubs(options)),
    authenticate: options.authenticate ?? (() => null),
    origins: options.origins ?? [],
    hosts: new HostNames(options.hosts ?? [], options.origins ?? []),
    detachedConnections: resolveDetachedLimits(options.detachedConnections),
    maximumWaitingBytes: waitingBytesOf(options),
    storage: typeof options.storage === 'string' ? storageFrom(options.storage) : options.storage,
    inspect: options.inspect === true ? {} : options.inspect === false ? undefined : options.inspect,
    clock: options.clock ?? systemClock,
    log: options.logger ?? createLog(logLevel),
  });
}

function waitingBytesOf({ maximumWaitingBytes = MAXIMUM_WAITING_BYTES }: ServerOptions): number {
  if (Number.isSafeInteger(maximumWaitingBytes) && maximumWaitingBytes >= 1) return maximumWaitingBytes;
  const value = JSON.stringify(maximumWaitingBytes) ?? String(maximumWaitingBytes);
  throw new OptionsError(
    `createServer: maximumWaitingBytes is ${value}, but it must be a whole number of bytes from 1 on.`,
  );
}

function resolveHubs({ hubs, hubOptions, ...server }: ServerOptions): ResolvedHub[] {
  const outer = checkFilters('createServer', server.filters);
  const paths = new Set<string>();
  const definitions = new Set<AnyHubDefinition>();
  return Object.entries(hubs).map(([path, definition]) => {
    const fail = (why: string): never => {
      throw new OptionsError(`createServer: hubs[${JSON.stringify(path)}] ${why}`);
    };
    const record = recordOfHub(definition) ?? fail('is no hub; make it with setupHub({ ... }).createHub({ ... }).');
    if (!isPath(path)) fail('must be a path that begins with a slash, such as "/hubs/chat".');
    const normal = normalisePath(path);
    if (paths.has(normal)) fail('differs from another path in case, or in a slash at its end, only.');
    if (definitions.has(definition)) fail('is the same hub as at another path; make one for each with a function.');
    paths.add(normal);
    definitions.add(definition);
    const filters = Object.freeze([...outer, ...checkFilters(path, record.filters)]);
    const options = resolveHubOptions(path, hubOptions, record.options);
    return Object.freeze({ path, definition, record, options, filters });
  });
}
