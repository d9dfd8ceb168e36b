/** The end of an INSERT of one row: the columns, and parameters for their values, as `valuesOf` has them. */
export function inserted(columns: Readonly<Record<string, string>>): string {
  const names = Object.values(columns);
  return `(${names.join(', ')}) VALUES (${names.map((_name, at) => `$${at + 1}`).join(', ')})`;
}

/** Values of a row in the order of its columns. */
export function valuesOf<Field extends string>(
  columns: Readonly<Record<Field, string>>,
  row: Readonly<Record<Field, unknown>>,
): readonly unknown[] {
  return (Object.keys(columns) as Field[]).map((field) => row[field]);
}
