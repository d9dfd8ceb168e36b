import type { StandardSchemaV1 } from '@standard-schema/spec';
import { OptionsError } from '../errors.ts';
import { anything, callable, listOf, milliseconds, must, type Rules, readOptions, required } from '../option-checks.ts';
import { AUTHORIZE, type Authorize } from './authorize.ts';

/** One Standard Schema (zod, valibot, arktype, ...) for each argument. */
export type Schemas = readonly StandardSchemaV1[];
export type Args<A extends Schemas> = { -readonly [K in keyof A]: StandardSchemaV1.InferOutput<A[K]> };
/** The streams from the client that a method reads. */
export type Uploads<A extends Schemas> = {
  -readonly [K in keyof A]: AsyncIterable<StandardSchemaV1.InferOutput<A[K]>>;
};

/** Largest number of streams from the client of one method. */
export const MAXIMUM_UPLOADS = 100;

declare const types: unique symbol;

/**
 * A method that clients can call, made by `method()` or `stream()`. `in H`: a method that needs less of a hub fits a
 * hub that has more; one that needs more does not. R: its result, or the items of its stream.
 */
export interface HubMethod<
  in H,
  A extends Schemas = Schemas,
  R = unknown,
  U extends Schemas = Schemas,
  Kind extends 'method' | 'stream' = 'method' | 'stream',
> {
  readonly kind: Kind;
  readonly args: A;
  readonly uploads: U;
  readonly [types]?: (hub: H) => R;
}

export interface MethodOptions<U extends Schemas = Schemas> {
  /**
   * Schemas of the items of each stream from the client. `run` gets an AsyncIterable for each stream, after its
   * arguments. An item that does not fit, and an error of the client, is thrown where the items are read, as a
   * `HubError`; the end of the connection as a `DisconnectedError`. Items that are not read when `run` is done are
   * dropped.
   */
  readonly upload?: U;
  /** Users that may call it, of those that may connect to the hub. Default: all of them. */
  readonly authorize?: Authorize;
  /**
   * Time limit of a call, in milliseconds; 0: none. Waiting for clients' results does not count. Default: the hub's
   * `invocationTimeoutMs`; for streams, in either direction, none.
   */
  readonly timeoutMs?: number;
}

/** A method as the dispatcher sees it: the properties that the type `HubMethod` does not show. */
export interface MethodRecord {
  readonly kind: 'method' | 'stream';
  readonly args: Schemas;
  readonly uploads: Schemas;
  readonly authorize?: Authorize;
  readonly timeoutMs?: number;
  readonly run: (hub: unknown, ...args: unknown[]) => unknown;
}

/**
 * Declares a method.
 *
 * @param args The schemas of its arguments. `run` gets their output (with defaults and coercions). The client may leave
 *   out trailing arguments whose schema takes `undefined`. A null that does not fit is tried as `undefined`, because
 *   clients in JavaScript send `undefined` as null; where null fits, it stays null.
 * @param run Its result, or what its promise resolves to, is sent to the client. Everything that it throws becomes an
 *   error there, with a text only if it is a `HubError`.
 */
export function method<H, const A extends Schemas, R>(
  args: A,
  run: (hub: H, ...args: Args<A>) => R,
): HubMethod<H, A, Awaited<R>, [], 'method'>;
export function method<H, const A extends Schemas, R, const U extends Schemas = []>(
  args: A,
  options: MethodOptions<U>,
  run: (hub: H, ...args: [...Args<A>, ...Uploads<U>]) => R,
): HubMethod<H, A, Awaited<R>, U, 'method'>;
export function method(args: Schemas, ...rest: readonly unknown[]): HubMethod<never> {
  return declare('method', args, rest);
}

/**
 * Declares a stream to the client (SignalR's streaming method).
 *
 * @param run Makes the stream: an async generator, or anything else with `Symbol.asyncIterator`. The next item is
 *   requested when the client has room for it. When the rest is not needed (the client has cancelled the stream or is
 *   gone, or its time is over), `hub.signal` fires and the iterator's `return()` is called, even if no item has been
 *   requested; a `Readable` of Node is destroyed, a web stream cancelled. What it throws becomes an error at the client
 *   after the items sent so far, with a text only if it is a `HubError`.
 */
export function stream<H, const A extends Schemas, T>(
  args: A,
  run: (hub: H, ...args: Args<A>) => AsyncIterable<T>,
): HubMethod<H, A, T, [], 'stream'>;
export function stream<H, const A extends Schemas, T, const U extends Schemas = []>(
  args: A,
  options: MethodOptions<U>,
  run: (hub: H, ...args: [...Args<A>, ...Uploads<U>]) => AsyncIterable<T>,
): HubMethod<H, A, T, U, 'stream'>;
export function stream(args: Schemas, ...rest: readonly unknown[]): HubMethod<never> {
  return declare('stream', args, rest);
}

const SCHEMA = must('a Standard Schema, such as z.string()', isSchema);
const OPTION_RULES = {
  upload: listOf(SCHEMA, `a list of schemas, at most ${MAXIMUM_UPLOADS}`, MAXIMUM_UPLOADS),
  authorize: AUTHORIZE,
  timeoutMs: milliseconds(0),
} satisfies Rules<MethodOptions>;
const RECORD_RULES = {
  kind: anything,
  args: required(listOf(SCHEMA, 'a list of schemas, one for each argument, such as [z.string()]')),
  uploads: required(OPTION_RULES.upload),
  authorize: AUTHORIZE,
  timeoutMs: OPTION_RULES.timeoutMs,
  run: required(callable),
} satisfies Rules<MethodRecord>;

function declare(kind: MethodRecord['kind'], args: Schemas, rest: readonly unknown[]): HubMethod<never> {
  if (rest.length > 2)
    throw new OptionsError(`${kind}: it takes its schemas, its options and run, and nothing behind them.`);
  const [options, run] = (rest.length === 1 ? [undefined, rest[0]] : rest) as [
    MethodOptions | undefined,
    MethodRecord['run'],
  ];
  const { upload = [], ...others } = readOptions(kind, options, OPTION_RULES);
  return checkMethod(kind, { ...others, kind, args, uploads: upload, run }) as unknown as HubMethod<never>;
}

/**
 * Checks a record; also where it is mounted, since a program may have derived it from another one.
 *
 * @throws {OptionsError}
 */
export function checkMethod(where: string, record: MethodRecord): MethodRecord {
  return Object.freeze(readOptions(where, record, RECORD_RULES));
}

/** Some schemas are functions, such as those of arktype. */
function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = (value as Partial<StandardSchemaV1>)['~standard'];
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function';
}

/** The record of a method; undefined when it was not made by `method()` or `stream()`. */
export function recordOfMethod(made: unknown): MethodRecord | undefined {
  const record = made as Partial<MethodRecord> | null | undefined;
  const isMade = record?.kind === 'method' || record?.kind === 'stream';
  return isMade && typeof record.run === 'function' ? (record as MethodRecord) : undefined;
}
