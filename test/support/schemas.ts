import type { StandardSchemaV1 } from '@standard-schema/spec';

/** A schema that takes everything as it is. */
export function any<T>(): StandardSchemaV1<unknown, T> {
  return { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as T }) } };
}
