/**
 * Characters that a terminal obeys instead of showing them, or that change how others look: controls, Unicode's format
 * characters (such as those that turn the direction of writing), separators of lines, halves of pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text as one line that can be shown, whoever has written it. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Says something on standard output. */
export function say(line: string): void {
  console.log(printable(line));
}

/** Says what is wrong on standard error. */
export function complain(problem: string): void {
  console.error(`signalbox: ${printable(problem)}`);
}
