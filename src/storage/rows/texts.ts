// JavaScript's texts may have what databases cannot keep: U+0000, which PostgreSQL refuses, and halves of surrogate
// pairs, which have no form in UTF-8 and silently become U+FFFD. A client may send both in any text. A save that is
// refused for them would be repeated in vain, and others' records with it, so they are written in another way.

/** Begins what stands for a unit of UTF-16 in a database: U+001A, the character "substitute", and four digits. */
const SUBSTITUTE = '\x1a';
/** U+001A itself is among them, so that nothing else begins with it. */
const UNKEPT = /[\0\x1a]|\p{Surrogate}/gu;
const KEPT = /\x1a([\da-f]{4})/g;

/** Writes a text as a database keeps it. Nearly every text is the same there. */
export function encodeText(text: string): string {
  return text.replace(UNKEPT, (unit) => SUBSTITUTE + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}

/** Reads what `encodeText` has written: exactly the text that it was given. */
export function decodeText(text: string): string {
  if (!text.includes(SUBSTITUTE)) return text;
  return text.replace(KEPT, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Writes all texts of plain data as a database keeps them. The data is not changed. */
export function encodeTexts<T>(data: T): T {
  return withTexts(data, encodeText) as T;
}

/** Reads all texts of plain data that come from a database. The data is not changed. */
export function decodeTexts<T>(data: T): T {
  return withTexts(data, decodeText) as T;
}

/** The data itself when no text changes, since that is so nearly always. */
function withTexts(data: unknown, change: (text: string) => string): unknown {
  if (typeof data === 'string') return change(data);
  if (!isPlain(data)) return data;
  let copy: Record<string, unknown> | unknown[] | undefined;
  for (const [key, before] of Object.entries(data)) {
    const after = withTexts(before, change);
    if (after === before) continue;
    copy ??= Array.isArray(data) ? [...data] : { ...data };
    (copy as Record<string, unknown>)[key] = after;
  }
  return copy ?? data;
}

function isPlain(data: unknown): data is object {
  return Array.isArray(data) || (typeof data === 'object' && data !== null && isRecord(data));
}

/** Bytes, and other objects that have methods, are no plain data. */
function isRecord(data: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === Object.prototype || prototype === null;
}
