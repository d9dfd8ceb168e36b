import { loadIoredis } from '../backplane/redis/redis-package.ts';
import { isRedis } from './backplane-settings.ts';
import type { Settings } from './settings.ts';

/**
 * Looks for the optional package that a backplane needs.
 *
 * @returns why it could not be connected, and what to do; undefined: it could.
 */
export async function backplanePackageFault({ backplane }: Pick<Settings, 'backplane'>): Promise<string | undefined> {
  if (!isRedis(backplane)) return undefined;
  return loadIoredis().then(
    () => undefined,
    (error: Error) => error.message,
  );
}
