import type { Ioredis, RedisOptions } from './redis-package.ts';
import type { HostPort } from './redis-url.ts';

/** Where and how a client connects. */
export interface Target extends HostPort {
  readonly ioredis: Ioredis;
  /** User, password, and TLS. */
  readonly options: Pick<RedisOptions, 'username' | 'password' | 'tls'>;
}
