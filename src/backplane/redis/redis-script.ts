import { createHash } from 'node:crypto';

/**
 * A script that Redis keeps, and runs by its hash. A line of it has one call at most: of a call that a user may not make,
 * Redis 7.0 tells the number of the line alone.
 */
export interface RedisScript {
  readonly lua: string;
  readonly sha: string;
}

export function script(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
