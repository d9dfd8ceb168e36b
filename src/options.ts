import type { Authenticator } from './auth/authenticator.ts';
import {
  CLUSTER_RULES,
  type ClusterOptions,
  type ResolvedCluster,
  resolveCluster,
} from './backplane/cluster-options.ts';
import { type Clock, systemClock } from './clock.ts';
import { MAXIMUM_WAITING_BYTES } from './connection/mailbox/backlogs.ts';
import {
  DETACHED_RULES,
  type DetachedConnectionsOptions,
  type DetachedLimits,
  resolveDetachedLimits,
} from './connection/stateful-reconnect/detached-limits.ts';
import { OptionsError } from './errors.ts';
import { guardedLog } from './guarded-log.ts';
import { AllowedHosts, HOSTS } from './http/hosts.ts';
import { AllowedOrigins, ORIGINS, type Origins } from './http/origins.ts';
import { PATH } from './http/path-option.ts';
import { normalisePath } from './http/request-info.ts';
import { FILTERS, type HubFilter } from './hub/filters.ts';
import { HUB_OPTION_RULES, type HubOptions, type ResolvedHubOptions, resolveHubOptions } from './hub/hub-options.ts';
import { type AnyHubDefinition, checkHub, type HubRecord, recordOfHub } from './hub/setup-hub.ts';
import { INSPECT, type InspectOptions } from './inspector/inspect-options.ts';
import { createLog, LOG_LEVELS, type Log, type LogLevel } from './log.ts';
import {
  byName,
  callable,
  having,
  objectOf,
  oneOf,
  type Rules,
  readOptions,
  required,
  whole,
} from './option-checks.ts';
import { isReservedType } from './protocol/plain-envelope.ts';
import { RETENTION, type RetentionOptions, resolveRetention } from './storage/retention/retention-option.ts';
import type { Storage } from './storage/storage.ts';
import { resolveStorage, SQLITE_WORKER, STORAGE } from './storage/storage-option.ts';
import { isHealthPath } from './web/health.ts';
import { furtherPaths } from './web/hub-paths.ts';

/** Options of `createServer`. */
export interface ServerOptions extends ClusterOptions {
  /** The hubs by their paths, such as '/hubs/chat'. Paths of requests are matched case-insensitively. */
  readonly hubs: Readonly<Record<string, AnyHubDefinition>>;
  /** Defaults for every hub; each of a hub's own options overrides the one here. */
  readonly hubOptions?: HubOptions;
  /**
   * Run around every call, `onConnected` and `onDisconnected`, outside of the hubs' own filters; the first is
   * outermost.
   */
  readonly filters?: readonly HubFilter[];
  /**
   * Returns the user of a request, before a connection is made. null: anonymous; 'anonymous' hubs admit such requests.
   * When it throws, the request is refused with 401. Default: all requests are anonymous.
   */
  readonly authenticate?: Authenticator;
  /**
   * Other origins whose pages may connect: a list of scheme, host and port (`https://app.example`; default ports, case,
   * a dot at the end of the host and a slash do not matter), or a function that returns true or false. The server's own
   * origin, and requests without an origin (they come from no page), are always allowed. Default: none.
   */
  readonly origins?: Origins;
  /**
   * Hosts that requests may name, as in an address: 'chat.example', or 'chat.example:8080' for that port only, in any
   * case; '*': any. A server that listens on a loopback address answers only for names of this machine (`localhost`,
   * names that end in `.localhost`, 127.x.x.x, `[::1]`), the hosts of `origins`, and these. One that listens elsewhere,
   * or is attached, checks the host only when there is one here. Other requests get 421: their page may have let its
   * name resolve to this machine (DNS rebinding). `/healthz` and `/readyz` answer for every host. Default: none.
   */
  readonly hosts?: readonly string[];
  /** Limits of what is kept for clients without a transport that may come back (`allowStatefulReconnects`). */
  readonly detachedConnections?: DetachedConnectionsOptions;
  /**
   * Bytes that may wait in all connections together: calls and items of uploads that have been read, by their size in
   * memory, and bytes that have not been read yet. Beyond it the connections that hold most end (close reason
   * `overflow`), until the rest is below it again. Default: 67,108,864. It should be well below the heap of the
   * process.
   */
  readonly maximumWaitingBytes?: number;
  /**
   * Storage of session records: 'sqlite:PATH', 'postgres://USER:PASSWORD@HOST:PORT/DATABASE', 'memory:' (for as long as
   * the server: the open sessions, and the latest 10,000 that have ended), or an object that implements the port. See
   * docs/storage.md. Default: sessions are not recorded.
   */
  readonly storage?: string | Storage;
  /**
   * What stays in the storage, for each topic by age and number: `{ sessions: { days: 30, count: 100_000 } }`. The rest
   * is deleted when the server has started, and then every minute. `{}` for a topic: nothing of it is deleted. Default:
   * 90 days, for tasks 7.
   */
  readonly retention?: RetentionOptions;
  /**
   * The file of the thread that 'sqlite:PATH' has: a path, or a `file:` URL. Only a server that was bundled needs it,
   * since a bundle is elsewhere than the package: see docs/deploy.md. Default: the package's own.
   */
  readonly sqliteWorker?: string | URL;
  /**
   * Opens `/inspect` for XState inspectors. Without a token they have to run on this machine. Default: false; then
   * there is no observer, and no cost.
   */
  readonly inspect?: boolean | InspectOptions;
  /**
   * Source of time. A jump is time that has passed, unless it has `isReal`: then the process was stopped, and time
   * limits of clients have not run. Default: Node's.
   */
  readonly clock?: Clock;
  /** Logger for log lines; pino's loggers fit. Default: pino on standard error, readable on a terminal, else JSON. */
  readonly logger?: Log;
  /** Level of the default logger. Default: 'info'. */
  readonly logLevel?: LogLevel;
}

/** A hub with its resolved options. */
export interface ResolvedHub {
  readonly path: string;
  readonly definition: AnyHubDefinition;
  readonly record: HubRecord;
  readonly options: ResolvedHubOptions;
  /** The filters of the server, then those of the hub. */
  readonly filters: readonly HubFilter[];
}

/** Options of `createServer`, checked, with their defaults. */
export interface ResolvedOptions {
  readonly hubs: readonly ResolvedHub[];
  readonly authenticate: Authenticator | undefined;
  readonly origins: AllowedOrigins;
  readonly hosts: AllowedHosts;
  readonly detachedConnections: DetachedLimits;
  readonly maximumWaitingBytes: number;
  readonly cluster: ResolvedCluster;
  readonly storage: Storage | undefined;
  readonly retention: Required<RetentionOptions>;
  readonly inspect: InspectOptions | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const SERVER_RULES = {
  hubs: required(byName('hubs by their paths: { "/hubs/chat": chatHub }')),
  hubOptions: objectOf(HUB_OPTION_RULES),
  filters: FILTERS,
  authenticate: callable,
  origins: ORIGINS,
  hosts: HOSTS,
  detachedConnections: objectOf(DETACHED_RULES),
  maximumWaitingBytes: whole(1),
  ...CLUSTER_RULES,
  storage: STORAGE,
  retention: RETENTION,
  sqliteWorker: SQLITE_WORKER,
  inspect: INSPECT,
  clock: having<Clock>(['now', 'wallNow', 'setTimeout', 'clearTimeout']),
  logger: having<Log>(['debug', 'info', 'warn', 'error']),
  logLevel: oneOf(LOG_LEVELS),
} satisfies Rules<ServerOptions>;

/**
 * Checks the options once, fills in the defaults, and freezes the result.
 *
 * @throws {OptionsError} naming the option, what it is and what it may be.
 */
export function resolveOptions(given: ServerOptions): ResolvedOptions {
  const options = readOptions('createServer', given, SERVER_RULES);
  const {
    clock = systemClock,
    inspect = false,
    logLevel = 'info',
    maximumWaitingBytes = MAXIMUM_WAITING_BYTES,
  } = options;
  const hubs = resolveHubs(options);
  const origins = new AllowedOrigins(options.origins ?? []);
  return Object.freeze({
    hubs: Object.freeze(hubs),
    authenticate: options.authenticate,
    origins,
    hosts: new AllowedHosts(options.hosts ?? [], origins.hosts),
    detachedConnections: resolveDetachedLimits(options.detachedConnections),
    maximumWaitingBytes,
    cluster: resolveCluster(options, clock),
    storage: resolveStorage(options, clock),
    retention: resolveRetention(options.retention, options.storage !== undefined),
    inspect: inspect === true ? {} : inspect === false ? undefined : inspect,
    clock,
    log: options.logger === undefined ? createLog(logLevel) : guardedLog(options.logger),
  });
}

function resolveHubs({ hubs, hubOptions, filters: outer = [], inspect = false }: ServerOptions): ResolvedHub[] {
  const paths = new Set<string>();
  const definitions = new Set<AnyHubDefinition>();
  const resolved = Object.entries(hubs).map(([path, definition]) => {
    const name = nameOfHub(path);
    const fail = (why: string): never => failAt(path, why);
    const made = recordOfHub(definition) ?? fail('is no hub; make it with setupHub({ ... }).createHub({ ... }).');
    const record = checkHub(path, made);
    PATH.read(path, { call: 'createServer', name: `the path of ${name}` });
    const normal = normalisePath(path);
    if (paths.has(normal)) fail('differs from another path in case, or in a slash at its end, only.');
    if (definitions.has(definition)) fail('is the same hub as at another path; make one for each with a function.');
    if (inspect !== false && normal === '/inspect') {
      fail('is where the inspector is; choose another path, or leave out inspect.');
    }
    if (isHealthPath(normal)) fail('is where load balancers ask whether the server is well; choose another path.');
    paths.add(normal);
    definitions.add(definition);
    const filters = Object.freeze([...outer, ...(record.filters ?? [])]);
    const options = resolveHubOptions(path, hubOptions, record.options);
    const reserved = options.plain ? Object.keys(record.methods).find(isReservedType) : undefined;
    if (reserved !== undefined) fail(`is plain, so it cannot have the method ${reserved}: see docs/plain.md.`);
    return Object.freeze({ path, definition, record, options, filters });
  });
  checkFurtherPaths(resolved);
  return resolved;
}

/** @throws {OptionsError} when a hub has a path at which another one answers, beside its own. */
function checkFurtherPaths(hubs: readonly ResolvedHub[]): void {
  const byPath = new Map(hubs.map(({ path }) => [normalisePath(path), path]));
  for (const { path, options } of hubs) {
    for (const further of furtherPaths(path, options)) {
      const other = byPath.get(further.path);
      if (other !== undefined) failAt(other, `is where clients of another hub ${further.what}; choose another path.`);
    }
  }
}

function nameOfHub(path: string): string {
  return `hubs[${JSON.stringify(path)}]`;
}

function failAt(path: string, why: string): never {
  throw new OptionsError(`createServer: ${nameOfHub(path)} ${why}`);
}
