import type { Clock } from '../../clock.ts';
import type { RedisLimits } from './redis-limits.ts';
import { type Ioredis, loadIoredis } from './redis-package.ts';
import type { Target } from './redis-target.ts';
import { readTlsFiles } from './redis-tls.ts';
import type { Credentials, HostPort, RedisAddress } from './redis-url.ts';
import { askSentinels } from './sentinels.ts';

/** The way to the Redis of a URL. It is looked for before each connection: after a failover it is another one. */
export class RedisRoute {
  readonly #address: RedisAddress;
  readonly #clock: Clock;
  readonly #sentinelMs: number;

  constructor(address: RedisAddress, clock: Clock, { sentinelMs }: RedisLimits) {
    this.#address = address;
    this.#clock = clock;
    this.#sentinelMs = sentinelMs;
  }

  /** Hosts of the URL, for texts. */
  get place(): string {
    return this.#address.hosts.map(({ host, port }) => `${host}:${port}`).join(',');
  }

  /** Number of the database. */
  get database(): number {
    return this.#address.database;
  }

  /** @param signal Ends the search. @throws {BackplaneError} */
  async find(signal: AbortSignal): Promise<Target> {
    const { hosts, master, sentinel } = this.#address;
    const ioredis = await loadIoredis();
    if (master === undefined) return this.#target(ioredis, hosts[0] as HostPort, this.#address);
    const targets = await Promise.all(hosts.map((host) => this.#target(ioredis, host, sentinel)));
    const found = await askSentinels({ targets, master, clock: this.#clock, callMs: this.#sentinelMs, signal });
    return this.#target(ioredis, found, this.#address);
  }

  async #target(ioredis: Ioredis, { host, port }: HostPort, { user, password }: Credentials): Promise<Target> {
    const { tls } = this.#address;
    const options = {
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls: await readTlsFiles(tls, host) }),
    };
    return { ioredis, host, port, options };
  }
}
