import { createHash } from 'node:crypto';

/** A script that Redis keeps, and runs by its hash. */
export interface RedisScript {
  readonly lua: string;
  readonly sha: string;
}

export function script(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
