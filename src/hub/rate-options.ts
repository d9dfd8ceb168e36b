import { must, objectOf, type Rules, refuse, required, whole } from '../option-checks.ts';

/** A rate: an average for each second, and a largest amount at once, after a pause. */
export interface Rate {
  /** Average for each second. */
  readonly perSecond: number;
  /** Largest amount at once. Default: `perSecond`, but at least 1. */
  readonly burst?: number;
}

/**
 * Limits of what one connection may send, and again of what all connections of one user may send together. A kind
 * without a rate is not limited. What is refused is answered with a `HubError` that ends in ` (retry after 1200 ms)`.
 */
export interface Rates {
  /** Calls of methods. */
  readonly calls?: Rate;
  /**
   * Bytes of the records of calls and of items of uploads. An item that is too early waits, and so does what comes
   * behind it. The default of `burst` is at least `maximumReceiveMessageBytes`, and a smaller one is an error: the
   * longest record could never be sent.
   */
  readonly bytes?: Rate;
  /** Messages that methods send to all, to others and to groups. */
  readonly broadcast?: Rate;
  /** Messages that methods send to one connection, to a user, and to lists of these. */
  readonly whisper?: Rate;
  /** Number of refusals within ten seconds that end the connection, with the reason `rate-limited`. Default: 100. */
  readonly patience?: number;
  /** What a user may send, as a multiple of what a connection may send. Default: 1. */
  readonly perUserFactor?: number;
}

/** Kinds of rates. */
export const RATE_KINDS = ['calls', 'bytes', 'broadcast', 'whisper'] as const;
export type RateKind = (typeof RATE_KINDS)[number];

export type ResolvedRate = Required<Rate>;
export type ResolvedRates = Readonly<Record<RateKind, ResolvedRate | undefined>> &
  Required<Pick<Rates, 'patience' | 'perUserFactor'>>;

/** Once in twelve days. With much slower rates the time of a token overflows, and nothing would be refused. */
const SLOWEST = 0.000_001;
/** Limit of `patience`: a connection remembers the moment of each refusal. */
const MOST_PATIENCE = 10_000;

const perSecond = must('a number from 0.000001 on', (value) => isNumberFrom(value, SLOWEST));
const fromOne = must('a number from 1 on', (value) => isNumberFrom(value, 1));

/** A rule for a rate. */
export const RATE = objectOf({ perSecond: required(perSecond), burst: fromOne } satisfies Rules<Rate>);

export const RATES_RULES = {
  calls: RATE,
  bytes: RATE,
  broadcast: RATE,
  whisper: RATE,
  patience: whole(1, MOST_PATIENCE),
  perUserFactor: fromOne,
} satisfies Rules<Rates>;

const DEFAULTS = { patience: 100, perUserFactor: 1 } as const;

/**
 * Resolves each rate: the hub's own, else the server's, else none.
 *
 * @returns undefined when nothing is limited.
 * @throws {OptionsError} when the longest record could never be sent.
 */
export function resolveRates(
  where: string,
  longestRecord: number,
  server: Rates = {},
  own: Rates = {},
): ResolvedRates | undefined {
  const given = { ...DEFAULTS, ...server, ...own };
  if (RATE_KINDS.every((kind) => given[kind] === undefined)) return undefined;
  const bytes = resolveRate(given.bytes, longestRecord);
  if (bytes !== undefined && bytes.burst < longestRecord) {
    const expected = `a number from ${longestRecord} on, which is maximumReceiveMessageBytes`;
    refuse(bytes.burst, { call: where, name: 'rates.bytes.burst' }, expected);
  }
  return Object.freeze({
    calls: resolveRate(given.calls),
    bytes,
    broadcast: resolveRate(given.broadcast),
    whisper: resolveRate(given.whisper),
    patience: given.patience,
    perUserFactor: given.perUserFactor,
  });
}

/** @param least Least default of `burst`. */
export function resolveRate(rate: Rate | undefined, least = 1): ResolvedRate | undefined {
  if (rate === undefined) return undefined;
  const { perSecond, burst = Math.max(perSecond, least) } = rate;
  return Object.freeze({ perSecond, burst });
}

function isNumberFrom(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= least;
}
