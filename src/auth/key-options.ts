import { OptionsError } from '../errors.ts';
import { listOf, must, oneOf, type Rules, readOptions, required, whole } from '../option-checks.ts';
import { printable } from '../printable.ts';
import type { KeyKind } from '../storage/key-store.ts';
import { kindOf } from '../value-texts.ts';
import { isKeyId } from './key-format.ts';
import { isReservedRole } from './reserved-roles.ts';

/** What a new key is made of. */
export interface NewKey {
  /** `virtual`: for one user. `master`: for those who run the server, with the roles `master-key` and `admin`. */
  readonly kind: KeyKind;
  /** For people: 1 to 100 characters. */
  readonly name: string;
  /** Id of the user that its owner is: 1 to 200 characters. Default: the public id of the key. */
  readonly userId?: string;
  /** Default: none. A virtual key cannot have `virtual-key`, `master-key` or `admin` among them. */
  readonly roles?: readonly string[];
  /** Milliseconds since 1970, in the future. Default: it does not expire. */
  readonly expiresAt?: number;
}

/** How a key gets a new secret. */
export interface RotateOptions {
  /** Milliseconds for which the older secrets are good. Default: 0. */
  readonly overlapMs?: number;
}

/** Limits of a key, in characters, and the number of its roles. */
export const LONGEST_NAME = 100;
export const LONGEST_USER_ID = 200;
export const LONGEST_ROLE = 100;
export const MOST_ROLES = 100;

function text(most: number) {
  return must(
    `a text of 1 to ${most} characters that can be printed`,
    (value) => typeof value === 'string' && isPrintableText(value, most),
  );
}

const NEW_KEY = {
  kind: required(oneOf(['virtual', 'master'])),
  name: required(text(LONGEST_NAME)),
  userId: text(LONGEST_USER_ID),
  roles: listOf(text(LONGEST_ROLE), `a list of at most ${MOST_ROLES} names of roles`, MOST_ROLES),
  expiresAt: whole(0),
} satisfies Rules<NewKey>;

const ROTATION = { overlapMs: whole(0) } satisfies Rules<RotateOptions>;

/** Whether a text can be shown: it is not blank, not too long, and has no characters that a terminal executes. */
export function isPrintableText(text: string, most: number): boolean {
  return text.trim() !== '' && text.length <= most && printable(text) === text;
}

/** @param now Milliseconds since 1970. @throws {OptionsError} */
export function checkNewKey(given: NewKey, now: number): NewKey {
  const key = readOptions('keys.create', given, NEW_KEY);
  const reserved = key.kind === 'virtual' ? key.roles?.find(isReservedRole) : undefined;
  if (reserved !== undefined)
    throw new OptionsError(`keys.create: a virtual key cannot have the role ${reserved}: it says what kind a key is.`);
  if (key.expiresAt !== undefined && key.expiresAt <= now)
    throw new OptionsError('keys.create: expiresAt is over already, but it must be in the future (ms since 1970).');
  return key;
}

/** @throws {OptionsError} It quotes no value: somebody may have given the secret. */
export function readKeyId(call: string, value: unknown): void {
  if (isKeyId(value)) return;
  throw new OptionsError(
    `${call}: got ${kindOf(value)}, expected the id of a key: 8 letters and digits, as in its list. It is no secret.`,
  );
}

/** @throws {OptionsError} */
export function readRotation(given: RotateOptions | undefined): RotateOptions {
  return readOptions('keys.rotate', given, ROTATION);
}
