import { StorageError } from '../storage.ts';

export type Pg = typeof import('pg');

/** The optional package, as npm takes it: the version that we are made for, and later ones like it. */
const PACKAGE = 'pg@8';

/** Loads pg, which is an optional package. @throws {StorageError} when it is not installed, or not wholly. */
export async function loadPg(): Promise<Pg> {
  try {
    return await import('pg');
  } catch (thrown) {
    throw packageError(thrown);
  }
}

function packageError(thrown: unknown): StorageError {
  const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
  const isMissing = /^(ERR_)?MODULE_NOT_FOUND$/.test(String(code)) && /'pg'/.test(String(message));
  const [line] = String(message).split('\n');
  const what = isMissing ? 'which is optional and not installed' : `which cannot be loaded (${line})`;
  return new StorageError('failed', `PostgreSQL needs the package pg, ${what}: run \`npm install ${PACKAGE}\`.`);
}
