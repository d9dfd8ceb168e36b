/** Stands in place of a secret. */
export const REDACTED = '[redacted]';

/**
 * A scheme of RFC 9110, section 11.4, with its secret; a JSON Web Token; an API key. No part can be matched from more
 * than one place of a long word, so that a text that somebody else has chosen costs no more than its length.
 */
const CREDENTIAL =
  /\b(?:bearer|basic)\s+\S+|(?<![\w-])(?=[\w-]*eyJ)[\w-]+\.[\w-]*\.?[\w-]*|sb_[vm]k_[0-9A-Za-z]+(?:_[0-9A-Za-z]*)?/gi;
/** User and password of an address. */
const USER_OF_ADDRESS = /\/\/[^/@\s]*@/g;

/**
 * A text without what looks like a credential, for the log, inspectors and the terminal. Errors of other libraries quote
 * the header that they did not understand, or the address of the database that they did not reach.
 */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIAL, REDACTED).replace(USER_OF_ADDRESS, '//…@');
}

/** An address without its query, which may hold a secret. */
export function withoutQuery(address: string): string {
  return address.replace(/\?.*$/s, '?…');
}
