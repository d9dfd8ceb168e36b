import { crc32 } from 'node:zlib';
import { customAlphabet } from 'nanoid';
import type { KeyKind } from '../storage/key-store.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 8;
/** 190 random bits. */
const SECRET_LENGTH = 32;
/** 62^6 is more than 2^32. */
const CHECKSUM_LENGTH = 6;

const PREFIXES: Readonly<Record<KeyKind, string>> = { virtual: 'sb_vk_', master: 'sb_mk_' };
const FORM = new RegExp(`^sb_[vm]k_[0-9A-Za-z]{${ID_LENGTH}}_[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);
const ID = new RegExp(`^[0-9A-Za-z]{${ID_LENGTH}}$`);
const LENGTH = PREFIXES.virtual.length + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;

/** Random characters from a secure source, all equally likely. */
const newId = customAlphabet(DIGITS, ID_LENGTH);
const newSecret = customAlphabet(DIGITS, SECRET_LENGTH);

/**
 * A new API key as its owner gets it: `sb_vk_{id}_{secret}{checksum}`, or `sb_mk_...` for a master key. Secret scanners
 * know it by its prefix, and its checksum tells a mistyped or invented key from a true one without a database.
 *
 * @param id The public id. Default: a new one.
 */
export function newKey(kind: KeyKind, id = newId()): { readonly id: string; readonly text: string } {
  const text = `${PREFIXES[kind]}${id}_${newSecret()}`;
  return { id, text: text + checksumOf(text) };
}

/** A new master key, for the option `masterKey` of `apiKeys`. It is in no storage. */
export function newMasterKey(): string {
  return newKey('master').text;
}

/** Whether a credential is one of ours, right or wrong. */
export function beginsAsKey(text: string): boolean {
  return text.startsWith(PREFIXES.virtual) || text.startsWith(PREFIXES.master);
}

/** Kind and public id of a key. @returns undefined for a text that is none, or has a wrong checksum. */
export function readKey(text: string): { readonly kind: KeyKind; readonly id: string } | undefined {
  if (text.length !== LENGTH || !FORM.test(text)) return undefined;
  if (checksumOf(text.slice(0, -CHECKSUM_LENGTH)) !== text.slice(-CHECKSUM_LENGTH)) return undefined;
  const kind = text.startsWith(PREFIXES.virtual) ? 'virtual' : 'master';
  return { kind, id: text.slice(PREFIXES[kind].length, PREFIXES[kind].length + ID_LENGTH) };
}

export function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/** CRC32 in base62, padded with zeros, as in GitHub's tokens. It finds any one wrong character. */
function checksumOf(text: string): string {
  let digits = '';
  for (let rest = crc32(text); rest > 0; rest = Math.floor(rest / DIGITS.length))
    digits = `${DIGITS[rest % DIGITS.length]}${digits}`;
  return digits.padStart(CHECKSUM_LENGTH, '0');
}
