import { flag, milliseconds, objectOf, oneOf, type Rules, refuse, someOf, whole } from '../option-checks.ts';
import type { ProtocolName } from '../protocol/codec.ts';
import { SLOW_CONSUMER_POLICIES, type SlowConsumerPolicy } from '../protocol/encoded-message.ts';
import { NEGOTIATE_VERSION, TRANSPORT_NAMES, type TransportName } from '../protocol/negotiate.ts';

/** Limits of one connection's outgoing lane, and what happens past them. */
export interface SlowConsumerOptions {
  /**
   * What happens at a limit. Default: 'disconnect', with the close reason `slow-consumer`. 'dropOldest' and 'dropNewest' drop
   * a message that may be dropped; 'dropGreediest' the newest of the connection that has most bytes waiting for this client.
   */
  readonly policy?: SlowConsumerPolicy;
  /** Below so many bytes that the kernel has not taken, a lane writes, and about so many at once. Default: 65,536. */
  readonly highWaterBytes?: number;
  /**
   * Bytes that may wait for one client, socket included, once its lane has had its turn to write. Default: 1,048,576. One
   * message of any size always may.
   */
  readonly limitBytes?: number;
  /** Messages that may wait for one client. Default: 1,000. */
  readonly limitMessages?: number;
  /**
   * How long more may wait for a client that takes bytes, so that a burst ends nobody who reads it: the limits apply to what
   * the client has not taken after this time. Sixteen times either limit acts at once. Default: 1,000. 0: no time at all.
   */
  readonly graceMs?: number;
  /** A socket that takes nothing for so long while something waits is closed, whatever the policy. Default: 10,000. */
  readonly stallMs?: number;
}

/** Options of one hub; those of the server's `hubOptions` are the defaults of every hub, one by one. */
export interface HubOptions {
  /** Whether the texts of errors other than `HubError` reach the client. Default: false; for development. */
  readonly detailedErrors?: boolean;
  /** How long a client may take to send its handshake. Default: 15,000. */
  readonly handshakeTimeoutMs?: number;
  /** The distance of the server's pings. Default: 15,000. Clients expect at most half of their server timeout. */
  readonly keepAliveIntervalMs?: number;
  /** How long a client that has pinged once may be silent. Default: 30,000. */
  readonly clientTimeoutMs?: number;
  /** How long a call, or `onConnected`, may take; 0: as long as it likes. Default: 30,000. */
  readonly invocationTimeoutMs?: number;
  /** The longest record a client may send, its separator or its length included, in bytes. Default: 32,768. */
  readonly maximumReceiveMessageBytes?: number;
  /**
   * The longest WebSocket message, or body of a POST, in bytes; it may hold many records. Default: four times the longest
   * record, at least 4 MiB, because official clients join all that they send in one tick.
   */
  readonly maximumFrameBytes?: number;
  /**
   * How many values a record of a client may hold: each item of a list, each property of an object, and these themselves.
   * A call with more is answered with an error, as one whose arguments cannot be read; so is an item of an upload, and an
   * answer. Default: 65,536, which only records of more than 64 KiB (MessagePack) or 128 KiB (JSON) can hold at all.
   */
  readonly maximumValuesPerMessage?: number;
  /** How many calls of one connection may run at once. Default: 1: one after the other, in their order. */
  readonly maximumParallelInvocationsPerClient?: number;
  /**
   * How many streams of one client, in both directions together, may run at once; they do not count as parallel
   * invocations. What is too much is answered with an error. Default: 100.
   */
  readonly maximumParallelStreamsPerClient?: number;
  /**
   * How many items of a stream from the client may wait for the method that reads them. When they are so many, the calls
   * behind the next item wait, too. Default: 10.
   */
  readonly streamBufferCapacity?: number;
  /** Default: 1,024. */
  readonly maximumGroupsPerConnection?: number;
  /**
   * The longest name of a group that a connection can be added to, in bytes of UTF-8, up to 262,144, which is also what all
   * names of one connection's groups may have together. Default: 1,024.
   */
  readonly maximumGroupNameBytes?: number;
  readonly slowConsumer?: SlowConsumerOptions;
  /**
   * Whether a client that asks for it may come back with another WebSocket after losing one, for 15 s, without the hub
   * noticing: nothing is lost and nothing comes twice. Default: false, since it keeps messages until they are acknowledged.
   */
  readonly allowStatefulReconnects?: boolean;
  /**
   * With stateful reconnect: so many bytes that a client has not acknowledged are kept, so that it can be given them again.
   * What exceeds them is let go, the oldest first: the client goes on at full speed, but when its socket is lost before it has
   * acknowledged what was let go, it begins anew. A client that is away is given up instead. Default: 4,194,304.
   */
  readonly statefulReconnectBufferBytes?: number;
  /**
   * The least version of negotiation (ASP.NET Core's MinimumProtocolVersion), 0 or 1. Default: 0. With 1, clients that know
   * no connection tokens are refused: with version 0 a connection's id, which others may know, is also what lets a request in.
   */
  readonly minimumNegotiateVersion?: number;
  /**
   * Whether a connection ends when its user's `expiresAt` has come, with an invitation to come back (ASP.NET Core's
   * option of this name). The latest poll, or WebSocket with stateful reconnect, counts. Default: false.
   */
  readonly closeOnAuthenticationExpiration?: boolean;
  /** Which transports the hub offers. Default: all there are. */
  readonly transports?: readonly TransportName[];
  /** Which hub protocols its clients may speak (ASP.NET Core's SupportedProtocols). Default: all there are. */
  readonly protocols?: readonly ProtocolName[];
  /** How long a poll (Long Polling) may wait for messages before it is answered without any. Default: 90,000. */
  readonly pollTimeoutMs?: number;
}

export type ResolvedSlowConsumer = Required<SlowConsumerOptions>;
export type ResolvedHubOptions = Required<Omit<HubOptions, 'slowConsumer'>> & {
  readonly slowConsumer: ResolvedSlowConsumer;
};

const KIBI = 1024;
const MEBI = 1024 * KIBI;
/** How long all names of one connection's groups may be together, in bytes of UTF-8: there may be many, and each may be long. */
export const MAXIMUM_NAMES_BYTES = 256 * KIBI;
const PROTOCOLS: readonly ProtocolName[] = ['json', 'messagepack'];
/** The longest WebSocket message, or body of a POST, that can be allowed; a record is no longer. */
const MAXIMUM_FRAME_BYTES = 2 ** 30;

const DEFAULTS = {
  detailedErrors: false,
  handshakeTimeoutMs: 15_000,
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
  allowStatefulReconnects: false,
  statefulReconnectBufferBytes: 4 * MEBI,
  minimumNegotiateVersion: 0,
  closeOnAuthenticationExpiration: false,
  transports: TRANSPORT_NAMES,
  protocols: PROTOCOLS,
  pollTimeoutMs: 90_000,
} as const satisfies HubOptions;

const SLOW_CONSUMER_DEFAULTS: ResolvedSlowConsumer = {
  policy: 'disconnect',
  highWaterBytes: 64 * KIBI,
  limitBytes: MEBI,
  limitMessages: 1_000,
  graceMs: 1_000,
  stallMs: 10_000,
};

const SLOW_CONSUMER_RULES = {
  policy: oneOf(SLOW_CONSUMER_POLICIES),
  highWaterBytes: whole(1),
  limitBytes: whole(1),
  limitMessages: whole(1),
  graceMs: milliseconds(0),
  stallMs: milliseconds(1),
} satisfies Rules<SlowConsumerOptions>;

/** What each option of a hub may be. */
export const HUB_OPTION_RULES = {
  detailedErrors: flag,
  handshakeTimeoutMs: milliseconds(1),
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
  allowStatefulReconnects: flag,
  statefulReconnectBufferBytes: whole(1),
  minimumNegotiateVersion: whole(0, NEGOTIATE_VERSION),
  closeOnAuthenticationExpiration: flag,
  transports: someOf(TRANSPORT_NAMES),
  protocols: someOf(PROTOCOLS),
  pollTimeoutMs: milliseconds(1),
} satisfies Rules<HubOptions>;

/**
 * A hub's options: its own, else the server's, else the defaults. Both have been read with `HUB_OPTION_RULES`.
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
  const slowConsumer = Object.freeze({ ...SLOW_CONSUMER_DEFAULTS, ...server.slowConsumer, ...own.slowConsumer });
  return Object.freeze({ ...given, maximumFrameBytes, slowConsumer });
}
