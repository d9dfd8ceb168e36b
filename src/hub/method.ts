import type { StandardSchemaV1 } from '@standard-schema/spec';
import { OptionsError } from '../errors.ts';
import { anything, callable, listOf, milliseconds, must, type Rules, readOptions, required } from '../option-checks.ts';
import { AUTHORIZE, type Authorize } from './authorize.ts';

/** One Standard Schema (zod, valibot, arktype, ...) for each argument. */
export type Schemas = readonly StandardSchemaV1[];
export type Args<A extends Schemas> = { -readonly [K in keyof A]: StandardSchemaV1.InferOutput<A[K]> };
/** What a method reads of streams from its client. */
export type Uploads<A extends Schemas> = {
  -readonly [K in keyof A]: AsyncIterable<StandardSchemaV1.InferOutput<A[K]>>;
};

/** How many streams from the client one method can have. */
export const MAXIMUM_UPLOADS = 100;

declare const types: unique symbol;

/**
 * A method that clients can call, made by `method()` or `stream()`. `in H`: one that needs less of a hub fits a hub that
 * has more; one that needs more does not. R: its result, or the items of its stream.
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
   * The schemas of what each stream from the client is made of. `run` gets an AsyncIterable for each, behind its arguments.
   * An item that does not fit, and an error of the client, is thrown where the items are read, as a `HubError`; the end of
   * the connection as a `DisconnectedError`. What is not read when `run` is done is dropped.
   */
  readonly upload?: U;
  /** Who may call it, beside who may connect to the hub. Default: whoever is connected. */
  readonly authorize?: Authorize;
  /**
   * How long a call may take, in milliseconds; 0: as long as it likes. Waiting for clients' results does not count.
   * Default: the hub's `invocationTimeoutMs`; for streams, in either direction, as long as they like.
   */
  readonly timeoutMs?: number;
}

/** A method as the dispatcher sees it: what `HubMethod` keeps behind its types. */
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
 * @param args The schemas of its arguments. What they make of the client's values (defaults, coercions) is what `run`
 *   gets. Trailing arguments whose schema takes `undefined` may be left out by the client. A null that does not fit is tried
 *   as `undefined`, which is how clients in JavaScript send that; where null fits, it stays null.
 * @param run What it does. Its result, or what its promise resolves to, is the client's; whatever it throws becomes an
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
 * @param run Makes the stream: an async generator, or anything else with `Symbol.asyncIterator`. An item is asked for when
 *   the client has room for it. When nobody wants the rest (the client has cancelled it or is gone, or its time is over),
 *   `hub.signal` fires and the iterator's `return()` is called, also when no item has been asked for; a `Readable` of Node is
 *   destroyed, a web stream cancelled. What it throws becomes an error at the client behind the
 *   items sent so far, with a text only if it is a `HubError`.
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

/** A record as it is used. It is checked again where it is mounted: somebody may have made it from another one. @throws {OptionsError} */
export function checkMethod(where: string, record: MethodRecord): MethodRecord {
  return Object.freeze(readOptions(where, record, RECORD_RULES));
}

/** Some are functions, such as those of arktype. */
function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = (value as Partial<StandardSchemaV1>)['~standard'];
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function';
}

/** The record behind a method, or undefined when it was not made by `method()` or `stream()`. */
export function recordOfMethod(made: unknown): MethodRecord | undefined {
  const record = made as Partial<MethodRecord> | null | undefined;
  const isMade = record?.kind === 'method' || record?.kind === 'stream';
  return isMade && typeof record.run === 'function' ? (record as MethodRecord) : undefined;
}
