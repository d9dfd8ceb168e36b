import { hash, timingSafeEqual } from 'node:crypto';
import type { KeyRow } from '../storage/key-store.ts';

export type KeySecret = KeyRow['secrets'][number];

/** Bytes of a SHA-256 digest. */
const LENGTH = 32;
/** Where digests are compared: `timingSafeEqual` would give each of them memory outside of the heap. */
const COMPARED = new Uint8Array(LENGTH);
/** In place of the secrets of a key that there is not, so that it takes the same work. */
const NOBODYS: readonly KeySecret[] = [{ number: 0, sha256: new Uint8Array(LENGTH), until: null }];

/**
 * SHA-256 of a whole key, with its prefix. A slow digest, as passwords need, would add nothing: 190 random bits cannot
 * be tried.
 */
export function digestOf(key: string): Uint8Array {
  // By way of a text: a buffer of its own has memory outside of the heap, which costs more than the digest.
  const bytes = hash('sha256', key, 'binary');
  const digest = new Uint8Array(LENGTH);
  for (let at = 0; at < LENGTH; at++) digest[at] = bytes.charCodeAt(at);
  return digest;
}

/** The secret with this digest. All are compared, whatever is found, and in constant time. */
export function findSecret(digest: Uint8Array, secrets: readonly KeySecret[] = NOBODYS): KeySecret | undefined {
  let found: KeySecret | undefined;
  for (const secret of secrets) if (isSame(digest, secret.sha256) && secret !== NOBODYS[0]) found = secret;
  return found;
}

export function isSame(digest: Uint8Array, other: Uint8Array): boolean {
  // A store of a user's may give anything.
  if (other.length !== LENGTH) return false;
  COMPARED.set(digest);
  return timingSafeEqual(COMPARED, other);
}
