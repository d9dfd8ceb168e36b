import type { Outcome } from './tools.ts';

/**
 * Reasons why a mutant is not killed by a run of its tests; empty when every named test failed. Other tests of the same
 * files may fail, too: a bug may have more effects than the one that its patch names.
 */
export function compare(named: readonly string[], outcomes: readonly Outcome[]): string[] {
  if (named.length === 0) return ['it names no test'];
  return named.flatMap((name) => {
    const found = outcomes.filter((outcome) => outcome.test === name);
    if (found.length === 0) return [`there is no test ${name}`];
    return found.some((outcome) => outcome.failed) ? [] : [`did not fail: ${name}`];
  });
}
