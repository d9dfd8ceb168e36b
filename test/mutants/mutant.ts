/** A planted bug: a patch whose first lines name the bug and the tests that must fail. */
export interface Mutant {
  readonly name: string;
  readonly about: string;
  /** `test/file.test.ts > group > test`, as vitest prints them. */
  readonly fails: readonly string[];
  readonly files: readonly string[];
}

/** @throws when the header is incomplete. */
export function parseMutant(name: string, patch: string): Mutant {
  const header = patch.split('\n').filter((line) => line.startsWith('# '));
  const about = header.find((line) => !line.startsWith('# fails: '))?.slice(2);
  const fails = header
    .filter((line) => line.startsWith('# fails: '))
    .map((line) => line.slice('# fails: '.length).trim());
  if (about === undefined || fails.length === 0) {
    throw new Error(`${name}.patch must begin with "# what it breaks" and "# fails: file > test" lines.`);
  }
  return { name, about, fails, files: [...new Set(fails.map((test) => test.split(' > ')[0] as string))] };
}
