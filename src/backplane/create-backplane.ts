import type { Clock } from '../clock.ts';
import { OptionsError } from '../errors.ts';
import type { Backplane } from './backplane.ts';
import { MemoryBackplane } from './memory.ts';
import { REDIS_FORMS } from './redis/redis-url.ts';
import { RedisBackplane } from './redis.ts';

export interface BackplaneOptions {
  readonly clock: Clock;
  /** With what all keys and channels begin. Services that share a Redis need different ones. */
  readonly prefix: string;
}

/** Forms of the URLs that `createBackplane` knows, for texts. */
export const BACKPLANE_FORMS: readonly string[] = ['memory:', 'memory:NAME', ...REDIS_FORMS];

const MEMORY_NAME = /^[\w.-]{1,64}$/;

/**
 * Creates a backplane by its URL. `memory:` is this server alone, which needs none; with a name it is shared by the
 * servers of this process that use the same name. The others are those of Redis, or Valkey.
 *
 * @returns undefined: this server alone.
 * @throws {OptionsError} for anything else. For an unknown scheme the text shows nothing else of the URL: addresses hold
 *   passwords.
 */
export function createBackplane(url: string, { clock, prefix }: BackplaneOptions): Backplane | undefined {
  const colon = url.indexOf(':');
  const scheme = colon < 0 ? url : url.slice(0, colon);
  if (colon >= 0 && /^(redis|rediss|redis-sentinel)$/.test(scheme)) return new RedisBackplane(url, { clock, prefix });
  const name = url.slice(colon + 1);
  const isMemory = colon >= 0 && scheme === 'memory';
  if (isMemory && name === '') return undefined;
  if (isMemory && MEMORY_NAME.test(name)) return new MemoryBackplane(name, clock);
  const shown = isMemory || colon < 0 ? url : `${scheme}:...`;
  const hint = isMemory ? ' NAME is 1 to 64 of A-Z, a-z, 0-9, _, . and -.' : '';
  throw new OptionsError(
    `backplane is ${JSON.stringify(shown)}, but it must be ${BACKPLANE_FORMS.join(' or ')}.${hint}`,
  );
}
