import type { KeyRow } from '../key-store.ts';
import { KEY_COLUMNS } from '../rows/key-rows.ts';

/** A key with its secrets, as one row of a statement. */
export interface FlatKey extends Omit<KeyRow, 'secrets'> {
  /** Each with its number, its digest in hexadecimal digits, and its `until`. */
  readonly secrets: readonly (readonly [number: number, sha256: string, until: number | null])[];
}

/**
 * What to select for {@link rowOf}: a key and its secrets in one statement, so that they belong together, whoever writes
 * meanwhile.
 *
 * @param schema Name of the schema, quoted.
 * @param keys Name of the table of keys in the statement.
 */
export function selectedKey(schema: string, keys: string): string {
  const columns = Object.entries(KEY_COLUMNS).map(([field, column]) => `${keys}.${column} AS "${field}"`);
  return `${columns.join(', ')}, coalesce((
    SELECT json_agg(json_build_array(s.number, encode(s.sha256, 'hex'), s.until) ORDER BY s.number)
    FROM ${schema}.key_secrets s WHERE s.key_id = ${keys}.id), '[]') AS secrets`;
}

export function rowOf({ secrets, ...key }: FlatKey): KeyRow {
  return {
    ...key,
    secrets: secrets.map(([number, sha256, until]) => ({
      number,
      // Not Buffer itself, which may be a part of a larger one.
      sha256: Uint8Array.from(Buffer.from(sha256, 'hex')),
      until,
    })),
  };
}
