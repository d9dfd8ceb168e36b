import { CONFUSABLES } from './confusables-data.ts';

/** Keys of a name. Two names count as the same when `name` or `look` is equal. The keys are never shown. */
export interface NameKeys {
  /**
   * Folded form: the same for all cases, widths and other variants of the same letters. Names are sorted by its code
   * units.
   */
  readonly folded: string;
  /**
   * The skeleton of the folded form: the same for letters that look alike in one of their cases, such as Cyrillic `а`
   * and `a`.
   */
  readonly name: string;
  /** The skeleton of the name as it is written: `AIice` looks like `Alice`, but not in lower case. */
  readonly look: string;
}

export function nameKeysOf(name: string): NameKeys {
  const folded = fold(name);
  return { folded, name: skeleton(folded), look: skeleton(name) };
}

/**
 * The folded form of a name: NFKC and case folding without invisible characters (toNFKC_Casefold of the Unicode
 * Standard, section 3.13), each run of spaces as one (RFC 8266, section 2.3), and no second dot over a letter with a
 * dot (Turkish `İ` is `i`).
 */
export function fold(name: string): string {
  const variants = name.replace(IGNORABLE, '').normalize('NFKC');
  const folded = foldCase(foldCase(variants).normalize('NFKC')).normalize('NFKC');
  return folded.replace(SECOND_DOT, '').normalize('NFKC').replace(SPACES, ' ').trim();
}

/**
 * The skeleton of a text: the same for texts that look alike (internalSkeleton of UTS #39, section 4). Unicode's data
 * has the letters that look alike.
 */
export function skeleton(text: string): string {
  const letters = text.replace(IGNORABLE, '').normalize('NFD');
  const prototypes = Array.from(letters, (letter) => PROTOTYPES.get(letter) ?? letter).join('');
  return prototypes.normalize('NFD').replace(SECOND_DOT, '').replace(SPACES, ' ').trim();
}

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
const SPACES = /\p{Zs}+/gu;
/** A second dot above an `i` or `j`, which is invisible, also when a mark below is between them. */
const SECOND_DOT = /(?<=\p{Soft_Dotted}[\u0323\u0328]?)\u0307+/gu;

/**
 * Case folding, which JavaScript does not have. Lower, upper and lower case again map all cases of a letter to one:
 * `ß`, `ẞ` and `SS`, `σ` and `ς`.
 */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase();
}

const PROTOTYPES = readPrototypes();

function readPrototypes(): ReadonlyMap<string, string> {
  const prototypes = new Map<string, string>();
  for (const entry of CONFUSABLES.trim().split(/\s/)) {
    const [to = '', steps = ''] = entry.split(':');
    const prototype = String.fromCodePoint(...to.split('+').map((code) => Number.parseInt(code, 36)));
    let code = 0;
    for (const step of steps.split(',')) {
      code += Number.parseInt(step, 36);
      prototypes.set(String.fromCodePoint(code), prototype);
    }
  }
  return prototypes;
}
