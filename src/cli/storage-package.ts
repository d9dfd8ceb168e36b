import { loadPg } from '../storage/postgres/postgres-package.ts';
import { sqlitePackageFault } from '../storage/sqlite/sqlite-package.ts';
import type { StandaloneStorage } from './standalone-storage.ts';

/**
 * Looks for the optional package that a storage needs.
 *
 * @returns why it could not be opened, and what to do; undefined: it could.
 */
export async function packageFault({
  url,
  path,
}: Pick<StandaloneStorage, 'url' | 'path'>): Promise<string | undefined> {
  if (path !== undefined) return sqlitePackageFault();
  if (url === 'memory:') return undefined;
  return loadPg().then(
    () => undefined,
    (error: Error) => error.message,
  );
}
