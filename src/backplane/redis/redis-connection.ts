import type { Clock } from '../../clock.ts';
import {
  BackplaneError,
  type BackplaneEvents,
  type Lease,
  type Published,
  type RenewedLease,
  type TakenTokens,
  type TokenRate,
} from '../backplane.ts';
import { prepareClients } from './prepare-clients.ts';
import { publishAll, sizeOf } from './publish-all.ts';
import { RedisClient } from './redis-client.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { RedisLimits } from './redis-limits.ts';
import { readRenewed, readTaken } from './redis-replies.ts';
import type { RedisRoute } from './redis-route.ts';
import { RELEASE_LEASE, RENEW_LEASE, type RedisScript, TAKE_TOKENS } from './redis-scripts.ts';

/** Channels in one command, so that no command keeps Redis from others for long. */
const BATCH = 512;

export interface ConnectionParts {
  readonly route: RedisRoute;
  readonly keys: RedisKeys;
  readonly limits: RedisLimits;
  readonly clock: Clock;
  readonly events: BackplaneEvents;
}

/**
 * A connection of a backplane, which is two of Redis: one publishes and runs scripts, and one subscribes. So messages
 * that come in do not keep answers waiting, and a subscriber that is too slow is cut alone. When one is lost, both are.
 */
export class RedisConnection {
  readonly #parts: ConnectionParts;
  readonly #opening: Promise<void>;
  #clients: readonly RedisClient[] = [];
  #publisher: RedisClient | undefined;
  #subscriber: RedisClient | undefined;
  readonly #search = new AbortController();
  #failure: BackplaneError | undefined;
  /** Bytes of messages that Redis has not answered. */
  #unanswered = 0;

  /** `opened` or `lost` of the events come when it is known, and `lost` at most once. */
  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#opening = this.#open();
  }

  get isOpen(): boolean {
    return this.#publisher !== undefined && this.#failure === undefined;
  }

  async publish(messages: readonly Published[]): Promise<void> {
    const size = sizeOf(messages);
    const { unansweredBytes } = this.#parts.limits;
    if (this.#unanswered > 0 && this.#unanswered + size > unansweredBytes)
      throw new BackplaneError(
        'unreachable',
        `Redis at ${this.#parts.route.place} has not taken ${this.#unanswered} bytes of messages yet: at most ${unansweredBytes} may wait.`,
      );
    this.#unanswered += size;
    try {
      await this.#ofPublisher().ask((redis) => publishAll(redis, this.#parts.keys, messages));
    } finally {
      this.#unanswered -= size;
    }
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    await Promise.all(
      this.#batches(channels).map((batch) => this.#ofSubscriber().ask((redis) => redis.subscribe(...batch))),
    );
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    await Promise.all(
      this.#batches(channels).map((batch) => this.#ofSubscriber().ask((redis) => redis.unsubscribe(...batch))),
    );
  }

  async renewLease({ nodeId, bootId, ms }: Lease): Promise<RenewedLease> {
    const { keys } = this.#parts;
    const reply = await this.run(
      RENEW_LEASE,
      [keys.lease(nodeId), keys.nodes],
      [keys.leases, nodeId, bootId, Math.ceil(ms)],
    );
    return readRenewed(reply, this.#ofPublisher().place);
  }

  async releaseLease({ nodeId, bootId }: Pick<Lease, 'nodeId' | 'bootId'>): Promise<void> {
    const { keys } = this.#parts;
    await this.run(RELEASE_LEASE, [keys.lease(nodeId), keys.nodes], [nodeId, bootId]);
  }

  async takeTurn(name: string, ms: number): Promise<boolean> {
    const key = this.#parts.keys.turn(name);
    return (await this.#ofPublisher().ask((redis) => redis.set(key, '1', 'PX', Math.ceil(ms), 'NX'))) === 'OK';
  }

  async takeTokens(bucket: string, { perSecond, burst }: TokenRate, count: number): Promise<TakenTokens> {
    const reply = await this.run(TAKE_TOKENS, [this.#parts.keys.bucket(bucket)], [perSecond, burst, count]);
    return readTaken(reply, count, this.#ofPublisher().place);
  }

  /** Gives it up, with the event `lost`. */
  fail(error: BackplaneError): void {
    if (this.#failure !== undefined) return;
    this.#cut(error);
    this.#parts.events.lost(error);
  }

  /** Ends it without an event. Resolves when everything is released. */
  async end(error: BackplaneError): Promise<void> {
    if (this.#failure === undefined) this.#cut(error);
    await this.#opening;
    await Promise.all(this.#clients.map(({ ended }) => ended));
  }

  async #open(): Promise<void> {
    const { route, keys, limits, clock, events } = this.#parts;
    const timer = clock.setTimeout(() => this.fail(this.#lateError()), limits.connectMs);
    try {
      const target = await route.find(this.#search.signal);
      if (this.#failure !== undefined) return;
      const [publisher, subscriber] = [0, 1].map(
        () =>
          new RedisClient({
            ...target,
            callMs: limits.callMs,
            clock,
            failed: (error: BackplaneError) => this.fail(error),
          }),
      ) as [RedisClient, RedisClient];
      this.#clients = [publisher, subscriber];
      await prepareClients({ publisher, subscriber }, keys, route.database);
      if (this.#failure !== undefined) return;
      subscriber.onMessage((channel, bytes) => {
        if (this.#failure === undefined) events.message(keys.nameOf(channel), bytes);
      });
      this.#publisher = publisher;
      this.#subscriber = subscriber;
      events.opened();
    } catch (error) {
      this.fail(error as BackplaneError);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  #cut(error: BackplaneError): void {
    this.#failure = error;
    this.#search.abort(error);
    for (const client of this.#clients) client.cut(error);
  }

  /** Runs a script. */
  run({ sha }: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    // Never EVAL: a Redis that has lost the scripts has lost more, and the connection is made anew.
    return this.#ofPublisher().ask((redis) => redis.evalsha(sha, keys.length, ...keys, ...args));
  }

  #batches(channels: readonly string[]): string[][] {
    const batches: string[][] = [];
    for (let at = 0; at < channels.length; at += BATCH)
      batches.push(channels.slice(at, at + BATCH).map((name) => this.#parts.keys.channel(name)));
    return batches;
  }

  #ofPublisher(): RedisClient {
    return this.#publisher as RedisClient;
  }

  #ofSubscriber(): RedisClient {
    return this.#subscriber as RedisClient;
  }

  #lateError(): BackplaneError {
    return new BackplaneError(
      'unreachable',
      `Redis at ${this.#parts.route.place} was not ready within ${this.#parts.limits.connectMs} ms: check its load, and that its name leads to one server alone.`,
    );
  }
}
