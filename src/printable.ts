/**
 * Characters that a terminal obeys instead of showing them, or that change how others look: controls, Unicode's format
 * characters (such as those that turn the direction of writing), separators of lines, halves of pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text as one line that can be shown, whoever has written it. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The beginning of a name that a client has chosen, for a line of the log: so many characters of it, and `…` for the rest. */
export function printableStart(name: string, most: number): string {
  return printable(name.length > most ? `${name.slice(0, most)}…` : name);
}
