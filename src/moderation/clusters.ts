/** What a person counts as one character: a grapheme cluster (UAX #29), such as an emoji of several code points. */
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * UTF-16 units of the longest cluster that counts as one character. The longest emoji have 15. A letter with hundreds of
 * accents is one cluster, too: it counts once for each 16 units, so that the length of a text has a limit in any case.
 */
const LONGEST = 16;

/** A part of a text, in UTF-16 units. */
export interface Range {
  readonly start: number;
  /** Behind its last unit. */
  readonly end: number;
}

/**
 * Units that are split into characters at once. Splitting a whole text takes time by the square of its length: V8's
 * iterator reads from the beginning again for each character (Node.js 20). A character that is longer is split.
 */
const BLOCK = 256;

/** The characters of a text. Each block of it is read twice at most, so the time grows with its length and no faster. */
function* characters(text: string): Generator<Range> {
  let from = 0;
  while (from < text.length) {
    const isLast = text.length - from <= BLOCK;
    const block = text.slice(
      from,
      isLast ? text.length : from + BLOCK - Number(isHighSurrogate(text, from + BLOCK - 1)),
    );
    const segments = Array.from(SEGMENTER.segment(block), ({ segment }) => segment.length);
    // The last one may go on behind the block, which begins there next time.
    if (!isLast && segments.length > 1) segments.pop();
    for (const length of segments) {
      yield { start: from, end: from + length };
      from += length;
    }
  }
}

function isHighSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

/** Number of characters that a character counts. */
function weight({ start, end }: Range): number {
  return Math.ceil((end - start) / LONGEST);
}

/**
 * The longest beginning of a text with at most `maximum` characters, which ends between two of them; the text itself when
 * it is no longer. It reads no more of the text than it keeps.
 */
export function cut(text: string, maximum: number): string {
  // Each character has at least one unit.
  if (text.length <= maximum) return text;
  let count = 0;
  for (const character of characters(text)) {
    count += weight(character);
    if (count > maximum) return text.slice(0, character.start);
  }
  return text;
}

/** Number of characters of a text. */
export function countOf(text: string): number {
  let count = 0;
  for (const character of characters(text)) count += weight(character);
  return count;
}

/**
 * Replaces parts of a text. Each part is made larger until it begins and ends between two characters.
 *
 * @param ranges In the order of their beginnings; they may overlap.
 */
export function replaceRanges(text: string, ranges: readonly Range[], replacement: (hidden: string) => string): string {
  const pieces: string[] = [];
  const merged = joined(ranges);
  let next = 0;
  let kept = 0;
  let hiddenFrom: number | undefined;
  for (const { start: index, end } of characters(text)) {
    while ((merged[next]?.end ?? Infinity) <= index) next += 1;
    const isHidden = (merged[next]?.start ?? Infinity) < end;
    if (isHidden && hiddenFrom === undefined) {
      pieces.push(text.slice(kept, index));
      hiddenFrom = index;
    }
    // It ends here, unless the next character belongs to it, too.
    if (hiddenFrom !== undefined && (merged[next]?.end ?? 0) <= end) {
      pieces.push(replacement(text.slice(hiddenFrom, end)));
      hiddenFrom = undefined;
    }
    if (isHidden) kept = end;
  }
  return pieces.join('') + text.slice(kept);
}

function joined(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last === undefined || range.start > last.end) result.push(range);
    else result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return result;
}
