/** Characters that are not seen: zero-width spaces and joiners, soft hyphens, variation selectors and others. */
const INVISIBLE = /^\p{Default_Ignorable_Code_Point}$/u;
/** Accents and other marks that stand above or below any letter. Those of Indic and other scripts are parts of words. */
const ACCENTS = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g;
/** The full stop of Chinese and Japanese, which browsers read as a dot in a host name (UTS #46). */
const IDEOGRAPHIC_STOP = '\u3002';
const LAST_ASCII = 0x7f;

/**
 * A text as it is compared: without what is not seen and without accents, in lower case, with the plain form of letters
 * such as full-width ones. It knows where each of its units comes from.
 */
export class FoldedText {
  readonly text: string;
  readonly #origins: readonly number[];
  readonly #original: string;

  constructor(original: string) {
    const pieces: string[] = [];
    const origins: number[] = [];
    const known = new Map<string, string>();
    let at = 0;
    for (const char of original) {
      let piece = known.get(char);
      if (piece === undefined) {
        piece = foldChar(char);
        known.set(char, piece);
      }
      pieces.push(piece);
      for (let unit = 0; unit < piece.length; unit++) origins.push(at);
      at += char.length;
    }
    this.text = pieces.join('');
    this.#origins = origins;
    this.#original = original;
  }

  /** Returns where a character begins in the original text. @param unit Index of what folding has made of it. */
  startOf(unit: number): number {
    return this.#origins[unit] ?? this.#original.length;
  }

  /** Returns where that character ends in the original text: the index behind it. */
  endOf(unit: number): number {
    const start = this.startOf(unit);
    return start + ((this.#original.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
  }
}

/** The same for a text whose places do not matter. */
export function folded(text: string): string {
  return Array.from(text, foldChar).join('');
}

/** Whether this character is not seen. */
export function isInvisible(codePoint: number): boolean {
  return codePoint > LAST_ASCII && INVISIBLE.test(String.fromCodePoint(codePoint));
}

function foldChar(char: string): string {
  const codePoint = char.codePointAt(0) ?? 0;
  if (codePoint <= LAST_ASCII) return char.toLowerCase();
  if (isInvisible(codePoint)) return '';
  return char.normalize('NFKD').replaceAll(ACCENTS, '').toLowerCase().replaceAll(IDEOGRAPHIC_STOP, '.');
}
