import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ArgumentsError } from '../errors.ts';
import type { Schemas } from './method.ts';

/**
 * Validates the arguments of a call with the method's schemas. Returns a promise only when a schema is asynchronous.
 *
 * @throws {ArgumentsError}
 */
export function bind(schemas: Schemas, values: readonly unknown[]): readonly unknown[] | Promise<readonly unknown[]> {
  const bound: unknown[] = [];
  let pending = false;
  for (let at = 0; at < schemas.length; at++) {
    const result = validated(schemas[at] as StandardSchemaV1, values[at]);
    if (result instanceof Promise) {
      pending = true;
      const output = result.then((settled) => outputOf(settled, at, schemas, values));
      // It stays unawaited when a later argument is refused first.
      output.catch(() => {});
      bound.push(output);
    } else {
      bound.push(outputOf(result, at, schemas, values));
    }
  }
  if (values.length > schemas.length) throw wrongCount(schemas, values);
  return pending ? Promise.all(bound) : bound;
}

/** Validates one item of an upload. Rejects with an `ArgumentsError`, or with what the schema throws. */
export async function bindItem(schema: StandardSchemaV1, item: unknown): Promise<unknown> {
  const result = await validated(schema, item);
  if (result.issues === undefined) return result.value;
  throw new ArgumentsError(`An item: ${issuesText(result.issues)}`);
}

type Result = StandardSchemaV1.Result<unknown>;

/**
 * Validates a value with a schema. Clients in JavaScript send `undefined` as null, since neither JSON nor MessagePack
 * has `undefined` in a list: where null does not fit, `undefined` is tried. When that does not fit either, the first
 * failure counts: it is about the value that was sent.
 */
function validated(schema: StandardSchemaV1, value: unknown): Result | Promise<Result> {
  const result = schema['~standard'].validate(value);
  if (value !== null) return result;
  return result instanceof Promise ? result.then((settled) => secondTry(schema, settled)) : secondTry(schema, result);
}

function secondTry(schema: StandardSchemaV1, first: Result): Result | Promise<Result> {
  if (first.issues === undefined) return first;
  const better = (second: Result): Result => (second.issues === undefined ? second : first);
  try {
    const second = schema['~standard'].validate(undefined);
    return second instanceof Promise ? second.then(better, () => first) : better(second);
  } catch {
    // The client has not sent `undefined`, so an error about it does not count.
    return first;
  }
}

function outputOf(result: Result, at: number, schemas: Schemas, values: readonly unknown[]): unknown {
  if (result.issues === undefined) return result.value;
  // The argument was left out, and its schema does not take undefined.
  if (at >= values.length) throw wrongCount(schemas, values);
  throw new ArgumentsError(`Argument ${at + 1}: ${issuesText(result.issues)}`, at + 1);
}

function issuesText(issues: readonly StandardSchemaV1.Issue[]): string {
  return issues.map(issueText).join('; ');
}

function issueText(issue: StandardSchemaV1.Issue): string {
  const path = issue.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return path === undefined || path === '' ? issue.message : `${path}: ${issue.message}`;
}

function wrongCount(schemas: Schemas, values: readonly unknown[]): ArgumentsError {
  return new ArgumentsError(`Invocation provides ${values.length} argument(s) but target expects ${schemas.length}.`);
}
