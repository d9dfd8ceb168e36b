import type { Clock } from '../../clock.ts';
import { BackplaneError } from '../backplane.ts';
import type { Redis } from './redis-package.ts';
import { isEnd, type RedisProblem, redisProblem } from './redis-problems.ts';
import type { Target } from './redis-target.ts';
import { ReplyDeadline } from './reply-deadline.ts';

/** Seen by operators in the list of clients. */
const NAME = 'signalbox';
/** Milliseconds until the system asks whether a silent machine is still there. */
const KEEP_ALIVE_MS = 10_000;

export interface ClientParts extends Target {
  /** Milliseconds until a call has to be answered. */
  readonly callMs: number;
  readonly clock: Clock;
  /** Is called once, when the connection has failed, and in no call. */
  failed(error: BackplaneError): void;
}

/**
 * One connection to a Redis, which is used until it fails. ioredis could make it anew by itself, but would send again
 * what was not answered, which may have been done.
 */
export class RedisClient {
  /** Host and port, for texts. */
  readonly place: string;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #redis: Redis;
  readonly #parts: ClientParts;
  readonly #deadline: ReplyDeadline;
  #failure: BackplaneError | undefined;
  #isReady = false;

  constructor(parts: ClientParts) {
    const { ioredis, host, port, options, callMs, clock } = parts;
    this.#parts = parts;
    this.place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    this.#redis = new ioredis.Redis({
      ...options,
      host,
      port,
      connectionName: NAME,
      keepAlive: KEEP_ALIVE_MS,
      disableClientInfo: true,
      lazyConnect: true,
      // It would write to the console. `prepareServer` asks for more.
      enableReadyCheck: false,
      // Nothing waits, nothing is sent twice, and no connection is made anew behind our back.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      retryStrategy: null,
    });
    this.ended = new Promise((resolve) => this.#redis.once('end', resolve));
    this.#redis.on('error', (error) => this.#fail(this.#problemOf(error).error));
    this.#redis.on('end', () => this.#fail(this.#endedError()));
    this.#deadline = new ReplyDeadline(clock, callMs, () => this.#fail(this.#lateError(callMs)));
  }

  /** Why it cannot be used any more. */
  get failure(): BackplaneError | undefined {
    return this.#failure;
  }

  /** Calls with each message of a channel. @returns a function that ends this. */
  onMessage(take: (channel: Buffer, bytes: Buffer) => void): () => void {
    this.#redis.on('messageBuffer', take);
    return () => this.#redis.off('messageBuffer', take);
  }

  /** @throws {BackplaneError} */
  async connect(): Promise<void> {
    await this.ask((redis) => redis.connect());
    this.#isReady = true;
  }

  /** Asks Redis. @throws {BackplaneError} */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    const waiting = this.#deadline.begin();
    try {
      return await question(this.#redis);
    } catch (thrown) {
      const { error, isLost } = this.#problemOf(thrown);
      if (isLost) this.#fail(error);
      throw this.#failure ?? error;
    } finally {
      this.#deadline.end(waiting);
    }
  }

  /** Ends the connection at once. What waits for an answer rejects with the error. */
  cut(error: BackplaneError): void {
    if (this.#failure === undefined) this.#failure = error;
    this.#deadline.dispose();
    if (this.#redis.status === 'end') return;
    this.#redis.disconnect();
    // An orderly end would wait for a server that may never answer.
    this.#redis.stream?.destroy();
  }

  #fail(error: BackplaneError): void {
    if (this.#failure !== undefined) return;
    this.cut(error);
    this.#parts.failed(error);
  }

  get #hasTls(): boolean {
    return this.#parts.options.tls !== undefined;
  }

  #problemOf(thrown: unknown): RedisProblem {
    return isEnd(thrown) ? { error: this.#endedError(), isLost: true } : redisProblem(thrown, this.place);
  }

  #endedError(): BackplaneError {
    const hint = this.#isReady || this.#hasTls ? '' : ' before it was ready: if it has TLS, use rediss://';
    return new BackplaneError('unreachable', `Redis at ${this.place} has ended the connection${hint}.`);
  }

  #lateError(ms: number): BackplaneError {
    return new BackplaneError(
      'unreachable',
      `Redis at ${this.place} has not answered within ${ms} ms: check its load and the network${this.#hasTls ? ', and that this port has TLS' : ''}.`,
    );
  }
}
