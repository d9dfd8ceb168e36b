import { createHash, timingSafeEqual } from 'node:crypto';
import { must } from '../option-checks.ts';
import { kindOf } from '../value-texts.ts';

/** With a token a path is open to any address, so the token must be too long to be guessed. */
export const SHORTEST_TOKEN = 16;

/** Text of the rule for a token. */
export const EXPECTED_TOKEN = `a text of at least ${SHORTEST_TOKEN} characters that neither begins nor ends with white space`;

/** Whether a value may be a token: it must fit into a header as it is. */
export function isToken(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length >= SHORTEST_TOKEN && /^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$/u.test(value)
  );
}

/** Rule of a token. Its error texts never show the value. */
export const TOKEN = must(EXPECTED_TOKEN, isToken, (value) =>
  typeof value === 'string' ? `a text of ${value.length} characters` : kindOf(value),
);

/** Whether two tokens are equal. Compares hashes: the time shows neither the first difference nor the length. */
export function isSameToken(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
