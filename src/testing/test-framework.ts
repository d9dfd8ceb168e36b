/** The part of a test framework that a contract suite uses. Vitest and Jest have it, and so has `node:test` with `expect`. */
export interface TestFramework {
  /** Declares a test, which fails when `run` rejects. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  readonly expect: Expect;
}

/** Begins an assertion about a value. `what` is said when it fails. */
export type Expect = (value: unknown, what?: string) => Assertion;

export interface Assertion {
  /** Throws unless both are equal, deeply. */
  toEqual(expected: unknown): unknown;
}
