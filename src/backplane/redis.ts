import type { Clock } from '../clock.ts';
import { promised } from '../promises.ts';
import {
  type Backplane,
  BackplaneError,
  type BackplaneEvents,
  type Lease,
  type Published,
  type RenewedLease,
  type TakenTokens,
  type TokenRate,
} from './backplane.ts';
import type { LogStore } from './log-store.ts';
import { BackOff } from './redis/back-off.ts';
import { RedisConnection } from './redis/redis-connection.ts';
import { RedisKeys } from './redis/redis-keys.ts';
import { REDIS_LIMITS, type RedisLimits } from './redis/redis-limits.ts';
import { RedisLogs } from './redis/redis-logs.ts';
import { RedisPresence } from './redis/redis-presence.ts';
import { RedisRoute } from './redis/redis-route.ts';
import { readRedisUrl } from './redis/redis-url.ts';

export interface RedisBackplaneOptions {
  readonly clock: Clock;
  /** With what all keys and channels begin. Services that share a Redis need different ones. */
  readonly prefix: string;
  readonly limits?: Partial<RedisLimits>;
}

/** A backplane in Redis 7 or newer, or Valkey. `readRedisUrl` has the forms of its URL. */
export class RedisBackplane implements Backplane {
  readonly logs: LogStore;
  readonly presence: RedisPresence;
  readonly #clock: Clock;
  readonly #limits: RedisLimits;
  readonly #keys: RedisKeys;
  readonly #route: RedisRoute;
  readonly #backOff: BackOff;
  #events: BackplaneEvents | undefined;
  #connection: RedisConnection | undefined;
  /** Ends of connections that are given up. */
  readonly #ends = new Set<Promise<void>>();
  #pause: unknown;
  #openedAt = 0;
  /** Whether the events know that there is no connection. */
  #isLostReported = false;

  /** @throws {OptionsError} for a URL or a prefix that cannot be one. */
  constructor(url: string, { clock, prefix, limits = {} }: RedisBackplaneOptions) {
    this.#clock = clock;
    this.#limits = { ...REDIS_LIMITS, ...limits };
    this.#keys = new RedisKeys(prefix);
    this.#route = new RedisRoute(readRedisUrl(url), clock, this.#limits);
    this.#backOff = new BackOff(this.#limits);
    this.logs = new RedisLogs(this.#keys, this.#route.place, (question) => this.#ask(question));
    this.presence = new RedisPresence(
      this.#keys,
      (...run) => this.#ask((connection) => connection.run(...run)),
      this.#route.place,
    );
  }

  open(events: BackplaneEvents): void {
    this.#events = events;
    this.#connect(events);
  }

  reconnect(): void {
    const connection = this.#connection;
    if (connection?.isOpen !== true) return;
    setImmediate(() =>
      connection.fail(
        new BackplaneError('unreachable', `The connection to Redis at ${this.#route.place} is made anew.`),
      ),
    );
  }

  publish(messages: readonly Published[]): Promise<void> {
    return this.#ask((connection) => connection.publish(messages));
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#ask((connection) => connection.subscribe(channels.map((name) => this.#keys.channel(name))));
  }

  unsubscribe(channels: readonly string[]): void {
    this.#ask((connection) => connection.unsubscribe(channels.map((name) => this.#keys.channel(name))));
  }

  renewLease(lease: Lease): Promise<RenewedLease> {
    return this.#ask((connection) => connection.renewLease(lease));
  }

  releaseLease(lease: Pick<Lease, 'nodeId' | 'bootId'>): Promise<void> {
    return this.#ask((connection) => connection.releaseLease(lease));
  }

  takeTurn(name: string, ms: number): Promise<boolean> {
    return this.#ask((connection) => connection.takeTurn(name, ms));
  }

  takeTokens(bucket: string, rate: TokenRate, count: number): Promise<TakenTokens> {
    return this.#ask((connection) => connection.takeTokens(bucket, rate, count));
  }

  async close(): Promise<void> {
    this.#events = undefined;
    this.#clock.clearTimeout(this.#pause);
    this.#giveUp(this.#connection, new BackplaneError('closed', 'The backplane is closed.'));
    await Promise.all(this.#ends);
  }

  #ask<T>(question: (connection: RedisConnection) => Promise<T>): Promise<T> {
    return promised(() => {
      if (this.#connection?.isOpen === true) return question(this.#connection);
      throw new BackplaneError('closed', `There is no connection to Redis at ${this.#route.place} now.`);
    });
  }

  #connect(events: BackplaneEvents): void {
    const connection = new RedisConnection({
      route: this.#route,
      keys: this.#keys,
      limits: this.#limits,
      clock: this.#clock,
      events: {
        opened: () => {
          this.#openedAt = this.#clock.now();
          this.#isLostReported = false;
          events.opened();
        },
        lost: (error) => this.#lost(connection, error),
        message: (channel, bytes) => events.message(channel, bytes),
        appended: (...entry) => events.appended(...entry),
        removed: (...removed) => events.removed(...removed),
      },
    });
    this.#connection = connection;
  }

  #lost(connection: RedisConnection, error: BackplaneError): void {
    const events = this.#events;
    if (events === undefined) return;
    const openMs = this.#isLostReported ? 0 : this.#clock.now() - this.#openedAt;
    this.#giveUp(connection, error);
    this.#pause = this.#clock.setTimeout(() => this.#connect(events), this.#backOff.next(openMs));
    if (this.#isLostReported) return;
    this.#isLostReported = true;
    events.lost(error);
  }

  #giveUp(connection: RedisConnection | undefined, error: BackplaneError): void {
    this.#connection = undefined;
    if (connection === undefined) return;
    const end = connection.end(error);
    this.#ends.add(end);
    void end.then(() => this.#ends.delete(end));
  }
}
