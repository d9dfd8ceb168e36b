import { OptionsError } from '../errors.ts';
import type { Range } from './clusters.ts';
import { FoldedText, folded } from './folded-text.ts';

/** A word of any script. */
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** Finds whole words of a list, in any case, with or without accents and invisible characters. */
export class OwnWords {
  readonly #words: ReadonlySet<string>;

  /** @throws {OptionsError} */
  constructor(words: readonly string[]) {
    this.#words = new Set(
      words.map((word, at) => {
        const plain = folded(word);
        if (plain.match(WORD)?.[0] === plain) return plain;
        throw new OptionsError(`profanity: words[${at}] must be one word, of letters and digits only.`);
      }),
    );
  }

  find(text: string): readonly Range[] {
    if (this.#words.size === 0) return [];
    const plain = new FoldedText(text);
    const found: Range[] = [];
    for (const { 0: word, index } of plain.text.matchAll(WORD)) {
      if (this.#words.has(word)) found.push({ start: plain.startOf(index), end: plain.endOf(index + word.length - 1) });
    }
    return found;
  }
}
