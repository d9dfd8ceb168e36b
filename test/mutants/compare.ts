import type { Outcome } from './tools.ts';

/**
 * What is wrong with the outcome of a mutant's tests: nothing, when each of the named ones failed. Others in the same files
 * may fail with them, now and then: what one guard keeps out shows in many places.
 */
export function compare(named: readonly string[], outcomes: readonly Outcome[]): string[] {
  const problems: string[] = [];
  for (const name of named) {
    const outcome = outcomes.find((candidate) => candidate.test === name);
    if (outcome === undefined) problems.push(`there is no test ${name}`);
    else if (!outcome.failed) problems.push(`did not fail: ${name}`);
  }
  return problems;
}
