import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Authorize } from './authorize.ts';

/** One Standard Schema (zod, valibot, arktype, ...) for each argument. */
export type Schemas = readonly StandardSchemaV1[];
export type Args<A extends Schemas> = { -readonly [K in keyof A]: StandardSchemaV1.InferOutput<A[K]> };

declare const types: unique symbol;

/**
 * A method that clients can call, made by `method()`. `in H`: one that needs less of a hub fits a hub that has more; one
 * that needs more does not.
 */
export interface HubMethod<in H, A extends Schemas = Schemas, R = unknown> {
  readonly kind: 'method';
  readonly args: A;
  readonly [types]?: (hub: H) => R;
}

export interface MethodOptions {
  /** Who may call it, beside who may connect to the hub. Default: whoever is connected. */
  readonly authorize?: Authorize;
  /** How long a call may take, in milliseconds; 0: as long as it likes. Default: the hub's `invocationTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** A method as the dispatcher sees it: what `HubMethod` keeps behind its types. */
export interface MethodRecord extends MethodOptions {
  readonly kind: 'method';
  readonly args: Schemas;
  readonly run: (hub: unknown, ...args: unknown[]) => unknown;
}

/**
 * Declares a method.
 *
 * @param args The schemas of its arguments. What they make of the client's values (defaults, coercions) is what `run`
 *   gets. Trailing arguments whose schema takes `undefined` may be left out by the client.
 * @param run What it does. Its result, or what its promise resolves to, is the client's; whatever it throws becomes an
 *   error there, with a text only if it is a `HubError`.
 */
export function method<H, const A extends Schemas, R>(
  args: A,
  run: (hub: H, ...args: Args<A>) => R,
): HubMethod<H, A, Awaited<R>>;
export function method<H, const A extends Schemas, R>(
  args: A,
  options: MethodOptions,
  run: (hub: H, ...args: Args<A>) => R,
): HubMethod<H, A, Awaited<R>>;
export function method(args: Schemas, ...rest: readonly unknown[]): HubMethod<never> {
  const [options, run] = (rest.length === 1 ? [{}, rest[0]] : rest) as [MethodOptions, MethodRecord['run']];
  const record: MethodRecord = Object.freeze({ ...options, kind: 'method', args, run });
  return record as unknown as HubMethod<never>;
}

/** The record behind a method, or undefined when it was not made by `method()`. */
export function recordOfMethod(made: unknown): MethodRecord | undefined {
  const record = made as Partial<MethodRecord> | null | undefined;
  return record?.kind === 'method' && typeof record.run === 'function' ? (record as MethodRecord) : undefined;
}
