import type { Outcome } from './tools.ts';

/**
 * Differences between the expected and the actual outcome of a mutant's tests; empty when exactly the named tests
 * failed.
 */
export function compare(named: readonly string[], outcomes: readonly Outcome[]): string[] {
  const problems: string[] = [];
  for (const name of named) {
    const outcome = outcomes.find((candidate) => candidate.test === name);
    if (outcome === undefined) problems.push(`there is no test ${name}`);
    else if (!outcome.failed) problems.push(`did not fail: ${name}`);
  }
  for (const { test, failed } of outcomes) {
    if (failed && !named.includes(test)) problems.push(`failed, but is not named: ${test}`);
  }
  return problems;
}
