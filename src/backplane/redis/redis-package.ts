import { BackplaneError } from '../backplane.ts';

export type { Redis, RedisOptions } from 'ioredis';
/** The part of the package that is used. */
export type Ioredis = Pick<typeof import('ioredis'), 'Redis'>;

/** The optional package, as npm takes it: the version that we are made for, and later ones like it. */
const PACKAGE = 'ioredis@6';

/** Loads ioredis, which is an optional package. @throws {BackplaneError} when it is not installed, or not wholly. */
export async function loadIoredis(): Promise<Ioredis> {
  try {
    return await import('ioredis');
  } catch (thrown) {
    throw packageError(thrown);
  }
}

function packageError(thrown: unknown): BackplaneError {
  const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
  const isMissing = /^(ERR_)?MODULE_NOT_FOUND$/.test(String(code)) && /'ioredis'/.test(String(message));
  const [line] = String(message).split('\n');
  const what = isMissing ? 'which is optional and not installed' : `which cannot be loaded (${line})`;
  return new BackplaneError('refused', `Redis needs the package ioredis, ${what}: run \`npm install ${PACKAGE}\`.`);
}
