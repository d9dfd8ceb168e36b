import { OptionsError } from '../errors.ts';
import { flag, milliseconds, objectOf, type Rules, refuse, someOf, whole } from '../option-checks.ts';
import { PROTOCOL_NAMES, type ProtocolName } from '../protocol/codecs.ts';
import { NEGOTIATE_VERSION, TRANSPORT_NAMES, type TransportName } from '../protocol/negotiate.ts';
import { OUTBOXES_RULES, type OutboxesOptions, type ResolvedOutboxes, resolveOutboxes } from './outbox-options.ts';
import { RATES_RULES, type Rates, type ResolvedRates, resolveRates } from './rate-options.ts';
import {
  type ResolvedSlowConsumer,
  resolveSlowConsumer,
  SLOW_CONSUMER_RULES,
  type SlowConsumerOptions,
} from './slow-consumer-options.ts';

/** Options of one hub. Each option of the server's `hubOptions` is the default for every hub. */
export interface HubOptions {
  /** Whether the texts of errors other than `HubError` reach the client. Default: false; for development. */
  readonly detailedErrors?: boolean;
  /** Time limit for the client's handshake, in milliseconds. Default: 15,000. */
  readonly handshakeTimeoutMs?: number;
  /** Milliseconds that `authenticate` has for a request; then that is refused with 503. Default: 15,000. */
  readonly admissionTimeoutMs?: number;
  /** Interval of the server's pings. Default: 15,000. Clients expect at most half of their server timeout. */
  readonly keepAliveIntervalMs?: number;
  /** Milliseconds after which a client that has pinged once and sends nothing is disconnected. Default: 30,000. */
  readonly clientTimeoutMs?: number;
  /** Time limit of a call, of `onConnected` and of `onDisconnected`, in milliseconds; 0: none. Default: 30,000. */
  readonly invocationTimeoutMs?: number;
  /** Bytes of the longest record that a client may send, with its separator or its length prefix. Default: 32,768. */
  readonly maximumReceiveMessageBytes?: number;
  /**
   * Bytes of the longest WebSocket message, or body of a POST; it may hold many records. Default: four times the
   * longest record, at least 4 MiB, because official clients join everything that they send in one tick.
   */
  readonly maximumFrameBytes?: number;
  /**
   * Number of values that a record of a client may hold: each item of a list, each property of an object, and lists and
   * objects themselves. A call with more is answered with an error, as one whose arguments cannot be read; the same
   * holds for an item of an upload, and for a client's result. Default: 65,536, which only records of more than 64 KiB
   * (MessagePack) or 128 KiB (JSON) can hold at all.
   */
  readonly maximumValuesPerMessage?: number;
  /** Number of calls of one connection that may run at once. Default: 1: one after the other, in their order. */
  readonly maximumParallelInvocationsPerClient?: number;
  /**
   * Number of streams of one client, in both directions together, that may run at once. They do not count as parallel
   * invocations. Further ones are answered with an error. Default: 100.
   */
  readonly maximumParallelStreamsPerClient?: number;
  /**
   * Number of items of a stream from the client that may wait for the method that reads them. When it is reached, the
   * next item waits, and the calls behind it wait, too. Default: 10.
   */
  readonly streamBufferCapacity?: number;
  /** Number of groups that a connection may be in. Default: 1,024. */
  readonly maximumGroupsPerConnection?: number;
  /**
   * Length of the longest group name, in bytes of UTF-8, up to 262,144, which is also the limit for all names of one
   * connection's groups together. Default: 1,024.
   */
  readonly maximumGroupNameBytes?: number;
  readonly slowConsumer?: SlowConsumerOptions;
  readonly rates?: Rates;
  readonly outboxes?: OutboxesOptions;
  /** Milliseconds that all moderators of a message have together; then it is refused. 0: no limit. Default: 5,000. */
  readonly moderationTimeoutMs?: number;
  /**
   * Whether a client that asks for it may resume its connection with another WebSocket within 15 s after losing one.
   * The hub does not notice: no message is lost or comes twice. Default: false, since messages are kept until they are
   * acknowledged.
   */
  readonly allowStatefulReconnects?: boolean;
  /**
   * With stateful reconnect: number of unacknowledged bytes that are kept, to be sent again. Beyond it the oldest
   * messages are removed: the client goes on at full speed, but when its socket is lost before it has acknowledged the
   * removed messages, it has to connect anew. A client without a socket is given up instead. Default: 4,194,304.
   */
  readonly statefulReconnectBufferBytes?: number;
  /**
   * The lowest version of negotiation (ASP.NET Core's MinimumProtocolVersion), 0 or 1. Default: 0. With 1, clients that
   * do not know connection tokens are refused: with version 0 a connection's id, which others may know, also authorises
   * requests.
   */
  readonly minimumNegotiateVersion?: number;
  /**
   * Whether a connection ends at its user's `expiresAt`, with an invitation to reconnect (ASP.NET Core's option of this
   * name). The `expiresAt` of the latest poll, or of the latest WebSocket with stateful reconnect, counts. Default:
   * false.
   */
  readonly closeOnAuthenticationExpiration?: boolean;
  /**
   * Whether clients may refresh their authentication, while they are connected, by a POST to `PATH/refresh` (the option
   * of this name of ASP.NET Core SignalR 11). Negotiations then say for how long a credential is good. Default: false.
   */
  readonly enableAuthenticationRefresh?: boolean;
  /**
   * Milliseconds for which a credential is good at most: from the opening of a connection, and again from each refresh,
   * also when it does not expire by itself. Default: no limit.
   */
  readonly maximumAuthenticationExpirationMs?: number;
  /** The transports that the hub offers. Default: all. */
  readonly transports?: readonly TransportName[];
  /** The hub protocols that clients may use (ASP.NET Core's SupportedProtocols). Default: all. */
  readonly protocols?: readonly ProtocolName[];
  /**
   * Whether clients that speak no SignalR may connect: `PATH/ws` is a WebSocket for JSON envelopes
   * `{ type, payload, timestamp, id? }` (docs/plain.md). They are in the same groups as all others. It needs
   * 'WebSockets' among `transports`. Default: false.
   */
  readonly plain?: boolean;
  /** Milliseconds after which a poll (Long Polling) without messages is answered. Default: 90,000. */
  readonly pollTimeoutMs?: number;
}

export type ResolvedHubOptions = Required<Omit<HubOptions, 'slowConsumer' | 'outboxes' | 'rates'>> & {
  readonly slowConsumer: ResolvedSlowConsumer;
  /** undefined: nothing is limited. */
  readonly rates: ResolvedRates | undefined;
  readonly outboxes: ResolvedOutboxes;
};

const KIBI = 1024;
const MEBI = 1024 * KIBI;
/**
 * Limit for all names of one connection's groups together, in bytes of UTF-8: there may be many, and each may be long.
 */
export const MAXIMUM_NAMES_BYTES = 256 * KIBI;
/** Highest possible `maximumFrameBytes`; a record cannot be longer either. */
const MAXIMUM_FRAME_BYTES = 2 ** 30;

const DEFAULTS = {
  detailedErrors: false,
  handshakeTimeoutMs: 15_000,
  admissionTimeoutMs: 15_000,
  keepAliveIntervalMs: 15_000,
  clientTimeoutMs: 30_000,
  invocationTimeoutMs: 30_000,
  maximumReceiveMessageBytes: 32 * KIBI,
  maximumValuesPerMessage: 64 * KIBI,
  maximumParallelInvocationsPerClient: 1,
  maximumParallelStreamsPerClient: 100,
  streamBufferCapacity: 10,
  maximumGroupsPerConnection: 1_024,
  maximumGroupNameBytes: 1_024,
  moderationTimeoutMs: 5_000,
  allowStatefulReconnects: false,
  statefulReconnectBufferBytes: 4 * MEBI,
  minimumNegotiateVersion: 0,
  closeOnAuthenticationExpiration: false,
  enableAuthenticationRefresh: false,
  maximumAuthenticationExpirationMs: Number.POSITIVE_INFINITY,
  transports: TRANSPORT_NAMES,
  protocols: PROTOCOL_NAMES,
  plain: false,
  pollTimeoutMs: 90_000,
} as const satisfies HubOptions;

/** A rule for each option of a hub. */
export const HUB_OPTION_RULES = {
  detailedErrors: flag,
  handshakeTimeoutMs: milliseconds(1),
  admissionTimeoutMs: milliseconds(1),
  keepAliveIntervalMs: milliseconds(1),
  clientTimeoutMs: milliseconds(1),
  invocationTimeoutMs: milliseconds(0),
  maximumReceiveMessageBytes: whole(1, MAXIMUM_FRAME_BYTES),
  maximumFrameBytes: whole(1, MAXIMUM_FRAME_BYTES),
  maximumValuesPerMessage: whole(1),
  maximumParallelInvocationsPerClient: whole(1),
  maximumParallelStreamsPerClient: whole(1),
  streamBufferCapacity: whole(1),
  maximumGroupsPerConnection: whole(1),
  maximumGroupNameBytes: whole(1, MAXIMUM_NAMES_BYTES),
  slowConsumer: objectOf(SLOW_CONSUMER_RULES),
  rates: objectOf(RATES_RULES),
  outboxes: objectOf(OUTBOXES_RULES),
  moderationTimeoutMs: milliseconds(0),
  allowStatefulReconnects: flag,
  statefulReconnectBufferBytes: whole(1),
  minimumNegotiateVersion: whole(0, NEGOTIATE_VERSION),
  closeOnAuthenticationExpiration: flag,
  enableAuthenticationRefresh: flag,
  maximumAuthenticationExpirationMs: milliseconds(1),
  transports: someOf(TRANSPORT_NAMES),
  protocols: someOf(PROTOCOL_NAMES),
  plain: flag,
  pollTimeoutMs: milliseconds(1),
} satisfies Rules<HubOptions>;

/**
 * Resolves a hub's options: its own, else the server's, else the defaults. Both have been read with `HUB_OPTION_RULES`.
 *
 * @throws {OptionsError} when they do not fit each other.
 */
export function resolveHubOptions(where: string, server: HubOptions = {}, own: HubOptions = {}): ResolvedHubOptions {
  const given = { ...DEFAULTS, ...server, ...own };
  const longest = given.maximumReceiveMessageBytes;
  const maximumFrameBytes = given.maximumFrameBytes ?? Math.min(MAXIMUM_FRAME_BYTES, Math.max(4 * MEBI, 4 * longest));
  if (maximumFrameBytes < longest) {
    const expected = `a whole number from ${longest}, which is maximumReceiveMessageBytes, to ${MAXIMUM_FRAME_BYTES}`;
    refuse(maximumFrameBytes, { call: where, name: 'maximumFrameBytes' }, expected);
  }
  if (given.plain && !given.transports.includes('WebSockets'))
    throw new OptionsError(`${where}: plain clients use WebSockets, so 'WebSockets' must be among transports.`);
  const slowConsumer = resolveSlowConsumer(server.slowConsumer, own.slowConsumer);
  const outboxes = resolveOutboxes(server.outboxes, own.outboxes);
  const rates = resolveRates(where, longest, server.rates, own.rates);
  return Object.freeze({ ...given, maximumFrameBytes, slowConsumer, outboxes, rates });
}
