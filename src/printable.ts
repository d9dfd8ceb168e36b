/**
 * Characters that a terminal does not show but executes, or that change how others look: controls, Unicode's format
 * characters (such as those that change the direction of writing), line separators, lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** An untrusted text as one line that is safe to show: unsafe characters are escaped. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The first `most` characters of a text that a client has chosen, safe for the log, with `…` in place of the rest. */
export function printableStart(name: string, most: number): string {
  return printable(name.length > most ? `${name.slice(0, most)}…` : name);
}
