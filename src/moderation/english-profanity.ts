import { createRequire } from 'node:module';
import type { LiteralNode, ParsedPattern, RegExpMatcher } from 'obscenity';
import type { Range } from './clusters.ts';
import { folded, isInvisible } from './folded-text.ts';

/** Finds profanity in a text. */
export interface Finder {
  find(text: string): readonly Range[];
}

/**
 * English profanity by the package obscenity, which also reads letters that look alike, digits in place of letters and
 * repeated letters. It takes a tenth of a second to load, so that is done here, when a moderator is made.
 *
 * Terms that may pass are found by a matcher of their own, and compared in one go through both lists. obscenity itself
 * compares each word that it has found with all of them, which takes hours for a megabyte of the right words.
 *
 * @param exceptions Words and phrases that may pass, beside those of obscenity.
 */
export function englishFinder(exceptions: readonly string[]): Finder {
  const obscenity = createRequire(import.meta.url)('obscenity') as typeof import('obscenity');
  const { RegExpMatcher, SyntaxKind, createSimpleTransformer, englishDataset, englishRecommendedTransformers } =
    obscenity;
  /** A pattern that is found as it stands. */
  const literal = (term: string): ParsedPattern => {
    const chars = Array.from(term, (char) => char.codePointAt(0) as number);
    const node: LiteralNode = { kind: SyntaxKind.Literal, chars };
    return { nodes: [node], requireWordBoundaryAtStart: false, requireWordBoundaryAtEnd: false };
  };
  const visible = createSimpleTransformer((codePoint) => (isInvisible(codePoint) ? undefined : codePoint));
  const { blacklistedTerms, whitelistedTerms = [] } = englishDataset.build();
  const { blacklistMatcherTransformers = [], whitelistMatcherTransformers = [] } = englishRecommendedTransformers;
  const words = new RegExpMatcher({
    blacklistedTerms,
    blacklistMatcherTransformers: [visible, ...blacklistMatcherTransformers],
  });
  const passing = new Set([...whitelistedTerms, ...exceptions.map(folded)]);
  const exempt = new RegExpMatcher({
    blacklistedTerms: Array.from(passing, (term, id) => ({ id, pattern: literal(term) })),
    blacklistMatcherTransformers: [visible, ...whitelistMatcherTransformers],
  });
  return { find: (text) => without(rangesOf(words, text), () => rangesOf(exempt, text)) };
}

/** In the order of their beginnings. */
function rangesOf(matcher: RegExpMatcher, text: string): readonly Range[] {
  return matcher
    .getAllMatches(text, true)
    .map(({ startIndex, endIndex }) => ({ start: startIndex, end: endIndex + 1 }));
}

/** The ranges that are not within an exempt one. */
function without(ranges: readonly Range[], exemptions: () => readonly Range[]): readonly Range[] {
  if (ranges.length === 0) return ranges;
  const exempt = exemptions();
  let next = 0;
  let furthest = 0;
  return ranges.filter(({ start, end }) => {
    for (let range = exempt[next]; range !== undefined && range.start <= start; range = exempt[next]) {
      furthest = Math.max(furthest, range.end);
      next += 1;
    }
    return end > furthest;
  });
}
