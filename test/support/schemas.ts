import type { StandardSchemaV1 } from '@standard-schema/spec';

/** A schema that accepts every value unchanged. */
export function any<T>(): StandardSchemaV1<unknown, T> {
  return { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as T }) } };
}
