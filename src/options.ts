import { type Clock, systemClock } from './clock.ts';
import {
  DETACHED_RULES,
  type DetachedConnectionsOptions,
  type DetachedLimits,
  resolveDetachedLimits,
} from './connection/stateful-reconnect/detached-limits.ts';
import type { Authenticate } from './endpoint/admission.ts';
import { OptionsError } from './errors.ts';
import { AllowedHosts, HOSTS } from './http/hosts.ts';
import { AllowedOrigins, ORIGINS, type Origins } from './http/origins.ts';
import { PATH } from './http/path-option.ts';
import { normalisePath } from './http/request-info.ts';
import { FILTERS, type HubFilter } from './hub/filters.ts';
import { HUB_OPTION_RULES, type HubOptions, type ResolvedHubOptions, resolveHubOptions } from './hub/hub-options.ts';
import { type AnyHubDefinition, checkHub, type HubRecord, recordOfHub } from './hub/setup-hub.ts';
import { TOKEN } from './inspector/access.ts';
import { createLog, LOG_LEVELS, type Log, type LogLevel } from './log.ts';
import {
  byName,
  callable,
  having,
  objectOf,
  oneOf,
  type Rule,
  type Rules,
  readOptions,
  required,
  whole,
} from './option-checks.ts';
import { createStorage } from './storage/create-storage.ts';
import type { Storage } from './storage/storage.ts';
import { isHealthPath } from './web/health.ts';

/** How `/inspect` is opened. */
export interface InspectOptions {
  /** At least 16 characters. Who has it may attach from anywhere, and nobody else may from this machine either. */
  readonly token?: string;
}

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
   * Other origins whose pages may connect: a list of scheme, host and port (`https://app.example`; default ports, case, a dot
   * at the end of the host and a slash do not matter), or a function that returns true or false. The server's own origin, and
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
  readonly inspect?: boolean | InspectOptions;
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
  readonly authenticate: Authenticate | undefined;
  readonly origins: AllowedOrigins;
  readonly hosts: AllowedHosts;
  readonly detachedConnections: DetachedLimits;
  readonly maximumWaitingBytes: number;
  readonly storage: Storage | undefined;
  readonly inspect: InspectOptions | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const MAXIMUM_WAITING_BYTES = 64 * 1024 * 1024;

const INSPECT_OPTIONS = objectOf<InspectOptions>({ token: TOKEN }, 'true, false, or an object of token');
const INSPECT: Rule = {
  read: (value, at) => (typeof value === 'boolean' ? value : INSPECT_OPTIONS.read(value, at)),
};
const STORAGE = having(['open', 'save', 'sessions', 'close'], "'memory:', 'sqlite:PATH', or an object");

const SERVER_RULES = {
  hubs: required(byName('hubs by their paths: { "/hubs/chat": chatHub }')),
  hubOptions: objectOf(HUB_OPTION_RULES),
  filters: FILTERS,
  authenticate: callable,
  origins: ORIGINS,
  hosts: HOSTS,
  detachedConnections: objectOf(DETACHED_RULES),
  maximumWaitingBytes: whole(1),
  storage: { read: (value, at) => (typeof value === 'string' ? value : STORAGE.read(value, at)) },
  inspect: INSPECT,
  clock: having(['now', 'setTimeout', 'clearTimeout']),
  logger: having(['debug', 'info', 'warn', 'error']),
  logLevel: oneOf(LOG_LEVELS),
} satisfies Rules<ServerOptions>;

/**
 * Checks the options once, fills in the defaults, and freezes what comes out.
 *
 * @throws {OptionsError} naming the option, what it is and what it may be.
 */
export function resolveOptions(given: ServerOptions): ResolvedOptions {
  const options = readOptions('createServer', given, SERVER_RULES);
  const { inspect = false, logLevel = 'info', maximumWaitingBytes = MAXIMUM_WAITING_BYTES } = options;
  const hubs = resolveHubs(options);
  const origins = new AllowedOrigins(options.origins ?? []);
  return Object.freeze({
    hubs: Object.freeze(hubs),
    authenticate: options.authenticate,
    origins,
    hosts: new AllowedHosts(options.hosts ?? [], origins.hosts),
    detachedConnections: resolveDetachedLimits(options.detachedConnections),
    maximumWaitingBytes,
    storage: typeof options.storage === 'string' ? createStorage(options.storage) : options.storage,
    inspect: inspect === true ? {} : inspect === false ? undefined : inspect,
    clock: options.clock ?? systemClock,
    log: options.logger ?? createLog(logLevel),
  });
}

function resolveHubs({ hubs, hubOptions, filters: outer = [], inspect = false }: ServerOptions): ResolvedHub[] {
  const all = new Set(Object.keys(hubs).map(normalisePath));
  const paths = new Set<string>();
  const definitions = new Set<AnyHubDefinition>();
  return Object.entries(hubs).map(([path, definition]) => {
    const name = `hubs[${JSON.stringify(path)}]`;
    const fail = (why: string): never => {
      throw new OptionsError(`createServer: ${name} ${why}`);
    };
    const made = recordOfHub(definition) ?? fail('is no hub; make it with setupHub({ ... }).createHub({ ... }).');
    const record = checkHub(path, made);
    PATH.read(path, { call: 'createServer', name: `the path of ${name}` });
    const normal = normalisePath(path);
    if (paths.has(normal)) fail('differs from another path in case, or in a slash at its end, only.');
    if (definitions.has(definition)) fail('is the same hub as at another path; make one for each with a function.');
    if (normal.endsWith('/negotiate') && all.has(normal.slice(0, -'/negotiate'.length) || '/')) {
      fail('is where clients of another hub negotiate; choose another path.');
    }
    if (inspect !== false && normal === '/inspect') {
      fail('is where the inspector is; choose another path, or leave out inspect.');
    }
    if (isHealthPath(normal)) fail('is where load balancers ask whether the server is well; choose another path.');
    paths.add(normal);
    definitions.add(definition);
    const filters = Object.freeze([...outer, ...(record.filters ?? [])]);
    const options = resolveHubOptions(path, hubOptions, record.options);
    return Object.freeze({ path, definition, record, options, filters });
  });
}
