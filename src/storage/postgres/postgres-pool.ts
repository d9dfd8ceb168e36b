import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Pool } from 'pg';
import type { Clock } from '../../clock.ts';
import { defer } from '../../promises.ts';
import { StorageError } from '../storage.ts';
import { ClientTransaction } from './client-transaction.ts';
import { type CuttableClient, clientClass } from './postgres-client.ts';
import type { PoolLimits, WorkLimits } from './postgres-limits.ts';
import type { Pg } from './postgres-package.ts';
import { placeOf } from './postgres-place.ts';
import { isTransient, postgresError } from './postgres-problems.ts';
import { readTls } from './postgres-tls.ts';
import type { PostgresAddress } from './postgres-url.ts';
import type { Transaction } from './transaction.ts';

/** Pause before the second try. It doubles with each try, up to the longest. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** An idle connection is closed after this time. */
const IDLE_MS = 30_000;

type Work<T> = (transaction: Transaction) => Promise<T>;

/** A client that belongs to one piece of work until it is released. */
type LentClient = CuttableClient & {
  /** @param isBroken Whether it is not to be used again. */
  release(isBroken?: boolean): void;
};

export interface PoolParts {
  readonly pg: Pg;
  readonly address: PostgresAddress;
  readonly limits: PoolLimits;
  readonly clock: Clock;
}

/** A pool of connections to PostgreSQL. It runs pieces of work, each in one transaction, and tries them again. */
export class PostgresPool {
  /** Host, port and database, for texts. */
  readonly #place: string;
  readonly #parts: PoolParts;
  readonly #pool: Pool;
  readonly #sockets = new Set<Socket>();
  readonly #running = new Set<Promise<unknown>>();
  /** Ends of pauses between two tries. */
  readonly #pauses = new Set<() => void>();
  #tls: ConnectionOptions | undefined;
  #isTlsOld = true;
  #isClosing = false;
  #isCut = false;

  constructor(parts: PoolParts) {
    const { pg, address, limits } = parts;
    this.#parts = parts;
    this.#place = placeOf(address);
    this.#pool = new pg.Pool({
      Client: clientClass(pg, {
        address,
        connectMs: limits.connectMs,
        tls: () => this.#tls,
        opening: (socket) => this.#opening(socket),
      }),
      max: address.connections,
      connectionTimeoutMillis: limits.connectMs,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
    });
    // An idle connection that breaks is taken out of the pool. The next piece of work shows whether there is another.
    this.#pool.on('error', () => {});
  }

  /**
   * Runs a piece of work in one transaction, and again when a try fails with something that may pass.
   *
   * @throws {StorageError}
   */
  async run<T>(work: Work<T>, limits = this.#parts.limits.work): Promise<T> {
    if (this.#isClosing) throw new StorageError('closed', `PostgreSQL at ${this.#place} is not open.`);
    const { connections } = this.#parts.address;
    if (this.#running.size >= connections + this.#parts.limits.waiting) {
      throw new StorageError(
        'unreachable',
        `PostgreSQL at ${this.#place} does not keep up: ${this.#parts.limits.waiting} requests wait for one of ` +
          `${connections} connections. Check its load, or give the URL more \`connections\`.`,
      );
    }
    const done = this.#repeat(work, limits);
    this.#running.add(done);
    try {
      return await done;
    } finally {
      this.#running.delete(done);
    }
  }

  /** Waits for running work, for a limited time. Resolves when no connection is open. Never rejects. */
  async close(): Promise<void> {
    const { clock, limits } = this.#parts;
    this.#isClosing = true;
    for (const end of this.#pauses) end();
    const timer = clock.setTimeout(() => this.#cutAll(), limits.closeMs);
    await Promise.allSettled(this.#running);
    // It rejects for a second call, which waits as the first one does.
    await this.#pool.end().catch(() => {});
    await Promise.all([...this.#sockets].map((socket) => new Promise((gone) => socket.once('close', gone))));
    clock.clearTimeout(timer);
  }

  async #repeat<T>(work: Work<T>, limits: WorkLimits): Promise<T> {
    const { clock } = this.#parts;
    const begun = clock.now();
    for (let tries = 1; ; tries++) {
      try {
        return await this.#try(work, limits, begun + limits.deadlineMs);
      } catch (thrown) {
        const pauseMs = Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
        const isLate = clock.now() + pauseMs > begun + limits.retryMs;
        if (isLate || this.#isClosing || !isTransient(thrown)) throw postgresError(thrown, this.#place);
        await this.#pause(pauseMs);
      }
    }
  }

  /** One try. A client that has seen any error is not used again: nobody knows what state its connection is in. */
  async #try<T>(work: Work<T>, limits: WorkLimits, until: number): Promise<T> {
    const { clock } = this.#parts;
    const client = await this.#connect();
    let isLate = false;
    const timer = clock.setTimeout(() => {
      isLate = true;
      client.cut();
    }, until - clock.now());
    try {
      const transaction = new ClientTransaction(client, limits.answerMs);
      await transaction.begin(limits);
      const result = await work(transaction);
      await transaction.commit();
      client.release();
      return result;
    } catch (thrown) {
      client.cut();
      client.release(true);
      throw isLate ? Object.assign(new Error('the time for the work is over'), { code: 'ETIMEDOUT' }) : thrown;
    } finally {
      clock.clearTimeout(timer);
    }
  }

  async #connect(): Promise<LentClient> {
    const { tls } = this.#parts.address;
    if (tls !== undefined && this.#isTlsOld) {
      this.#tls = await readTls(tls);
      this.#isTlsOld = false;
    }
    try {
      return (await this.#pool.connect()) as LentClient;
    } catch (thrown) {
      // Its files are read again before the next connection: certificates are renewed.
      this.#isTlsOld = true;
      throw thrown;
    }
  }

  #opening(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Of work that was still waiting. pg connects the socket in this turn, and would undo an earlier end.
    if (this.#isCut) setImmediate(() => socket.destroy());
  }

  #cutAll(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Resolves after the time, or when the pool is closed. */
  async #pause(ms: number): Promise<void> {
    const { clock } = this.#parts;
    const over = defer();
    const timer = clock.setTimeout(over.resolve, ms);
    this.#pauses.add(over.resolve);
    await over.promise;
    this.#pauses.delete(over.resolve);
    clock.clearTimeout(timer);
  }
}
