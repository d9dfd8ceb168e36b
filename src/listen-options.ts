import type { Server as HttpServer } from 'node:http';
import { OptionsError } from './errors.ts';
import { EXPECTED_ADDRESS, isAddressSetting, withoutBrackets } from './http/hosts.ts';
import { PATH } from './http/path-option.ts';
import { milliseconds, must, type Rules, readOptions, required, whole } from './option-checks.ts';
import { kindOf } from './value-texts.ts';
import { isHealthPath } from './web/health.ts';
import { HANDLERS, type RequestHandler } from './web/listener.ts';

/** Place of the hubs on a server. */
export interface AttachOptions {
  /**
   * Prefix of the paths of the hubs and of the inspector: with '/realtime' the hub '/chat' is at '/realtime/chat'.
   * Matched like the paths: in any case, and without a slash at its end. The paths of health checks do not get it.
   * Default: none.
   */
  readonly basePath?: string;
}

/** Place at which a server listens by itself. */
export interface ListenOptions extends AttachOptions {
  /** The TCP port, from 0 to 65,535; 0: any free one. */
  readonly port: number;
  /**
   * An address or a name of this machine; IPv6 may be in brackets, as in URLs. Default: 127.0.0.1, which other machines
   * cannot reach; '0.0.0.0', '::': all.
   */
  readonly host?: string;
  /**
   * Functions for all other requests: those that are neither for a hub, the inspector nor a health check. They are asked
   * in this order until one has answered and returns true. When none does, the answer is 404. The base path does not
   * change which requests they get. Default: none.
   */
  readonly handlers?: readonly RequestHandler[];
  /**
   * Milliseconds for which an HTTP connection stays open after an answer, from 1 to 3,600,000. Longer than a proxy keeps
   * idle connections: a request that it sends over one that is just being closed is lost. Default: 75,000.
   */
  readonly keepAliveTimeoutMs?: number;
}

/** Options for closing a server. */
export interface CloseOptions {
  /** Milliseconds in which running calls and streams may finish. Default: 10,000. */
  readonly drainMs?: number;
  /**
   * Milliseconds before the drain in which the server is only not ready (`/readyz` answers 503), so that load balancers
   * send no new clients. Everything else goes on. Default: 0.
   */
  readonly drainDelayMs?: number;
}

const DRAIN_MS = 10_000;
/** nginx and the load balancers of AWS keep idle connections for 60 s. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

const EXPECTED_SERVER =
  'a server of node:http or node:https, not an application or a port: with Express createServer(app), with Fastify app.server';
const HTTP_RULES = { http: required(must(EXPECTED_SERVER, isHttpServer, kindOf)) };
const ATTACH_RULES = { basePath: PATH } satisfies Rules<AttachOptions>;
const LISTEN_RULES = {
  port: required(whole(0, 65_535)),
  host: must(EXPECTED_ADDRESS, isAddressSetting),
  basePath: PATH,
  handlers: HANDLERS,
  // 0 would be for ever to Node.
  keepAliveTimeoutMs: whole(1, 3_600_000),
} satisfies Rules<ListenOptions>;
const CLOSE_RULES = { drainMs: milliseconds(0), drainDelayMs: milliseconds(0) } satisfies Rules<CloseOptions>;

/** @throws {OptionsError} */
export function readListenOptions(given: ListenOptions): Required<ListenOptions> {
  const options = readOptions('listen', given, LISTEN_RULES);
  const { port, host = '127.0.0.1', basePath = '/', handlers = [] } = options;
  const { keepAliveTimeoutMs = KEEP_ALIVE_TIMEOUT_MS } = options;
  if (isHealthPath(basePath)) throw new OptionsError(`listen: basePath is ${basePath}, where load balancers ask.`);
  return { port, host: withoutBrackets(host), basePath, handlers, keepAliveTimeoutMs };
}

/** @throws {OptionsError} */
export function readAttachOptions(http: HttpServer, given: AttachOptions | undefined): Required<AttachOptions> {
  readOptions('attach', { http }, HTTP_RULES);
  const { basePath = '/' } = readOptions('attach', given, ATTACH_RULES);
  return { basePath };
}

/** @throws {OptionsError} */
export function readCloseOptions(given: CloseOptions | undefined): Required<CloseOptions> {
  const { drainMs = DRAIN_MS, drainDelayMs = 0 } = readOptions('close', given, CLOSE_RULES);
  return { drainMs, drainDelayMs };
}

/**
 * Whether a value has the methods of a server. Servers of node:https and node:http2 have other classes; applications
 * lack methods.
 */
function isHttpServer(http: unknown): boolean {
  if (typeof http !== 'object' || http === null) return false;
  const server = http as Readonly<Record<string, unknown>>;
  return ['emit', 'on', 'off', 'listenerCount', 'address', 'setTimeout'].every(
    (name) => typeof server[name] === 'function',
  );
}
