import { encodeText } from '../rows/texts.ts';

/**
 * Compares texts by their code points, as databases compare their bytes in UTF-8. JavaScript compares units of UTF-16, in
 * which characters beyond U+FFFF come before some others.
 *
 * @returns below 0: the first text comes first.
 */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(encodeText(a)), Buffer.from(encodeText(b)));
}
