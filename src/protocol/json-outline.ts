const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const LIST = 0x5b;
const OBJECT = 0x7b;
const SPACE = 0x20;

/** Shortest length of a value beside another one: a digit and a comma, or two brackets. */
const LEAST_LENGTH = 2;

/**
 * The outline of a JSON object that holds more than `most` values: the same text with every list and object in it
 * emptied. So the kind of the message can still be parsed, without the values that would fill the memory. undefined
 * when it does not hold more.
 *
 * Values are counted by commas and brackets outside of texts, without parsing them; it is not checked that the text is
 * JSON. Like the parser it looks only at the first object or list of the text.
 */
export function outlineOf(text: string, most: number): string | undefined {
  if (text.length < LEAST_LENGTH * most) return undefined;
  let values = 1;
  let depth = 0;
  let outline = '';
  /** The text before this index is in the outline, or has been left out. */
  let done = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfText(text, at);
    else if (code === COMMA) values += 1;
    else if (code === LIST || code === OBJECT) {
      depth += 1;
      if (depth === 2) {
        outline += text.slice(done, at + 1);
        done = at + 1;
      }
      if (!isEmpty(text, at + 1)) values += 1;
    } else if (code === LIST + 2 || code === OBJECT + 2) {
      depth -= 1;
      if (depth === 1) done = at;
      if (depth <= 0) return values > most ? outline + text.slice(done, at + 1) : undefined;
    }
  }
  // The object has no end, so the text is not JSON, and parsing it is not needed to find that out.
  return values > most ? outline : undefined;
}

/** Index of the quote that ends a text. `indexOf` is fast for long texts. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

/** Whether a list or an object ends where its first value would begin. */
function isEmpty(text: string, start: number): boolean {
  let at = start;
  while (text.charCodeAt(at) <= SPACE) at += 1;
  const code = text.charCodeAt(at);
  return code === LIST + 2 || code === OBJECT + 2;
}
