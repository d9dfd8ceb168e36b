import { createHash } from 'node:crypto';
import { fold, nameKeysOf } from './name-keys.ts';

/** What begins the keys of presence that stand for users. The others keep names from being taken twice. */
export const USERS = 'user:';

/** Keys of presence that a user of a name has. */
export interface ClaimedKeys {
  /** Sorts and tells the users. No two users have the same one, since they have different locks. */
  readonly user: string;
  /** One for each way in which two names count as the same (name-keys.ts). They are claimed in this order. */
  readonly locks: readonly string[];
}

export function claimedKeysOf(name: string): ClaimedKeys {
  const { look, name: skeleton } = nameKeysOf(name);
  return { user: userKeyOf(name), locks: [`look:${inKey(look)}`, `name:${inKey(skeleton)}`] };
}

/** @param name Any text: `GetUsers` lists the users behind it. */
export function userKeyOf(name: string): string {
  return USERS + inKey(fold(name));
}

/** Bytes of UTF-8 of a text that stands in a key as it is. A name of 40 ligatures has more than a key can have. */
const LONGEST_BYTES = 400;

/** A text for a key. One that is too long is cut, and gets its hash, so that two of them stay two. */
function inKey(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= LONGEST_BYTES) return text;
  // A character that was cut is U+FFFD.
  const begin = bytes
    .subarray(0, LONGEST_BYTES)
    .toString()
    .replace(/\uFFFD$/, '');
  return `${begin}#${createHash('sha256').update(bytes).digest('base64url')}`;
}
