import { anything, byName, callable, objectOf, oneOf, type Rules, readOptions, required } from '../option-checks.ts';
import type { CloseReason } from '../protocol/close.ts';
import { AUTHORIZE, type Authorize } from './authorize.ts';
import type { ConnectionInfo } from './connection-info.ts';
import { FILTERS, type HubFilter } from './filters.ts';
import { HISTORIES, type HistoryOptions } from './history-options.ts';
import type { Hub } from './hub.ts';
import type { HubContext } from './hub-context.ts';
import { HUB_OPTION_RULES, type HubOptions } from './hub-options.ts';
import type { HubMethod } from './method.ts';
import { MODERATORS, type Moderator } from './moderator.ts';
import type { PresenceChange } from './presence.ts';

/** Methods of a client that the server may call. F-bounded, so that an `interface` is accepted. */
export type ClientMethods<C> = { [K in keyof C]: (...args: never[]) => unknown };

declare const types: unique symbol;

/** A hub, made by `setupHub().createHub()`: mounted with `createServer({ hubs })`, reached with `server.context()`. */
export interface HubDefinition<C, S, Ms, D> {
  readonly kind: 'hub';
  readonly methods: Ms;
  readonly [types]?: { client: C; state: S; shared: D };
}

export type AnyHubDefinition = HubDefinition<unknown, unknown, unknown, unknown>;

/** Lifetime of a hub's state: one for each connection, one for the hub of this server, or a new one for each call. */
export type Lifetime = 'connection' | 'server' | 'invocation';

interface SharedSetup<C, D> {
  /** Methods of the client. Only the type counts: `{} as ChatClient`. */
  readonly client?: C;
  /** Makes the value that all connections of the hub share. Called once, when the server is made. */
  readonly shared?: () => D;
}

interface StateOfConnection<S> {
  readonly lifetime?: 'connection' | 'invocation';
  /** Makes the state. When it throws, the connection (or the call) fails. */
  readonly state?: (connection: ConnectionInfo) => S;
}

interface StateOfServer<S> {
  readonly lifetime: 'server';
  readonly state?: () => S;
}

/** Parts of a hub. */
export interface HubParts<H, Ms, C = unknown> {
  /** Users that may connect. Default: 'anonymous'. */
  readonly authorize?: Authorize;
  /** The methods that clients can call. Names are matched case-insensitively. */
  readonly methods: Ms;
  /**
   * Run around every call, `onConnected` and `onDisconnected`, inside of the server's `filters`; the first is
   * outermost.
   */
  readonly filters?: readonly HubFilter[];
  /**
   * Decide about each message of the hub before it is delivered, in this order: those of methods and of hub contexts,
   * and invocations of clients. Results and items of streams are no messages.
   */
  readonly moderate?: readonly Moderator[];
  /** Each option overrides the one of the server's `hubOptions`. */
  readonly options?: HubOptions;
  /** Runs after the handshake and before the first call. When it throws, the connection ends. */
  readonly onConnected?: (hub: H) => unknown;
  /** Runs exactly once for each `onConnected` that did not fail, however the connection ended. */
  readonly onDisconnected?: (hub: H, reason: CloseReason) => unknown;
  /**
   * Runs when a client has refreshed its authentication (`enableAuthenticationRefresh`): `hub.user` is as the new
   * credential says. When it throws, the client gets an error, and the new credential is good all the same.
   */
  readonly onAuthenticationRefreshed?: (hub: H) => unknown;
  /**
   * Runs when messages of another node to a group were lost on their way to this one, or may have been: see
   * docs/scaling.md. For a group that keeps its messages, only when they could not be read from its history.
   */
  readonly onGap?: (group: string) => void;
  /**
   * Groups that keep their messages, by patterns of their names in which `*` stands for any characters:
   * `{ 'room:*': { size: 1_000, ttlMs: 86_400_000 } }`. The first pattern that fits counts. See docs/history.md.
   */
  readonly history?: Readonly<Record<string, HistoryOptions>>;
  /**
   * Runs on one node for each change of who is there: on the one that made it, or that found out that a node has died.
   * For each key the changes are told one after the other. What it returns is not awaited; errors are logged.
   */
  readonly onPresence?: (change: PresenceChange, context: HubContext<C>) => unknown;
}

/** A hub as the server sees it: the properties that the type `HubDefinition` does not show. */
export interface HubRecord extends HubParts<unknown, Readonly<Record<string, unknown>>> {
  readonly kind: 'hub';
  readonly lifetime: Lifetime;
  readonly state: ((connection?: ConnectionInfo) => unknown) | undefined;
  readonly shared: (() => unknown) | undefined;
}

const KEPT_RULES = {
  lifetime: oneOf(['connection', 'server', 'invocation'] satisfies Lifetime[]),
  state: callable,
  shared: callable,
};
const SETUP_RULES = { ...KEPT_RULES, client: anything } satisfies Rules<
  SharedSetup<unknown, unknown> & StateOfServer<unknown>
>;
const PART_RULES = {
  authorize: AUTHORIZE,
  methods: required(byName('methods by their names, if only none: { Say: method([...], ...) }')),
  filters: FILTERS,
  moderate: MODERATORS,
  options: objectOf(HUB_OPTION_RULES),
  onConnected: callable,
  onDisconnected: callable,
  onAuthenticationRefreshed: callable,
  onGap: callable,
  history: HISTORIES,
  onPresence: callable,
} satisfies Rules<HubParts<unknown, unknown>>;
const RECORD_RULES = { ...PART_RULES, ...KEPT_RULES, kind: anything } satisfies Rules<HubRecord>;

/**
 * Declares a hub in two steps, as XState's `setup().createMachine()`: types and state first, so that TypeScript knows
 * them in every method of the second step without an annotation.
 */
export function setupHub<
  C extends ClientMethods<C> = Record<string, (...args: unknown[]) => unknown>,
  S = undefined,
  D = undefined,
>(
  setup: SharedSetup<C, D> & (StateOfConnection<S> | StateOfServer<S>),
): {
  createHub<Ms extends Record<string, HubMethod<Hub<C, S, D>>>>(
    parts: HubParts<Hub<C, S, D>, Ms, C>,
  ): HubDefinition<C, S, Ms, D>;
} {
  const { lifetime = 'connection', state, shared } = readOptions('setupHub', setup, SETUP_RULES);
  return {
    createHub(parts) {
      const given = readOptions('createHub', parts, PART_RULES);
      const record = Object.freeze({ ...given, kind: 'hub', lifetime, state, shared });
      return record as unknown as HubDefinition<C, S, typeof parts.methods, D>;
    },
  };
}

/**
 * Checks the record of a hub where it is mounted, since a program may have derived it from another one.
 *
 * @throws {OptionsError}
 */
export function checkHub(where: string, record: HubRecord): HubRecord {
  return Object.freeze(readOptions(where, record, RECORD_RULES));
}

/** The record of a hub definition; undefined when it was not made by `createHub()`. */
export function recordOfHub(definition: unknown): HubRecord | undefined {
  const record = definition as Partial<HubRecord> | null | undefined;
  return record?.kind === 'hub' && typeof record.methods === 'object' ? (record as HubRecord) : undefined;
}
