import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ArgumentsError } from '../errors.ts';
import type { Schemas } from './method.ts';

/**
 * What the schemas make of a call's values. A promise only when one of them is asynchronous.
 *
 * @throws {ArgumentsError}
 */
export function bind(schemas: Schemas, values: readonly unknown[]): readonly unknown[] | Promise<readonly unknown[]> {
  const bound: unknown[] = [];
  let pending = false;
  for (let at = 0; at < schemas.length; at++) {
    const schema = schemas[at] as StandardSchemaV1;
    const result = schema['~standard'].validate(values[at]);
    if (result instanceof Promise) {
      pending = true;
      const output = result.then((settled) => outputOf(settled, at, schemas, values));
      // Nobody looks at it when a later argument is refused first.
      output.catch(() => {});
      bound.push(output);
    } else {
      bound.push(outputOf(result, at, schemas, values));
    }
  }
  if (values.length > schemas.length) throw wrongCount(schemas, values);
  return pending ? Promise.all(bound) : bound;
}

/** What the schema makes of one item of a stream. Rejects with an `ArgumentsError`, or with what the schema throws. */
export async function bindItem(schema: StandardSchemaV1, item: unknown): Promise<unknown> {
  const result = await schema['~standard'].validate(item);
  if (result.issues === undefined) return result.value;
  throw new ArgumentsError(`An item: ${issuesText(result.issues)}`);
}

function outputOf(
  result: StandardSchemaV1.Result<unknown>,
  at: number,
  schemas: Schemas,
  values: readonly unknown[],
): unknown {
  if (result.issues === undefined) return result.value;
  // Left out, and the schema does not take undefined.
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
