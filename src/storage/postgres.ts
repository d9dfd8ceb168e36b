import { type Clock, systemClock } from '../clock.ts';
import type { DatabaseStorage, Migrated, SchemaVersions } from './database-storage.ts';
import type { KeyStore } from './key-store.ts';
import { lostNodes } from './lost-nodes.ts';
import type { MembershipStore } from './membership-store.ts';
import type { MessageStore } from './message-store.ts';
import type { ModerationStore } from './moderation-store.ts';
import { PostgresKeys } from './postgres/postgres-keys.ts';
import { POOL_LIMITS, type PoolLimits } from './postgres/postgres-limits.ts';
import { PostgresMemberships } from './postgres/postgres-memberships.ts';
import { PostgresMessages } from './postgres/postgres-messages.ts';
import { PostgresModeration } from './postgres/postgres-moderation.ts';
import { loadPg } from './postgres/postgres-package.ts';
import { placeOf, sharedPlaceOf } from './postgres/postgres-place.ts';
import { PostgresPool } from './postgres/postgres-pool.ts';
import { PostgresSchema } from './postgres/postgres-schema.ts';
import { PostgresSessions } from './postgres/postgres-sessions.ts';
import { PostgresTasks } from './postgres/postgres-tasks.ts';
import { type PostgresAddress, readPostgresUrl } from './postgres/postgres-url.ts';
import type { Transact } from './postgres/transaction.ts';
import { checked } from './rows/checked-arguments.ts';
import { MESSAGE_ARGUMENTS } from './rows/message-arguments.ts';
import { MODERATION_ARGUMENTS } from './rows/moderation-arguments.ts';
import { type OpenedStorage, type OpenStorageOptions, StorageError } from './storage.ts';
import type { TaskStore } from './task-store.ts';

/** Storage in a PostgreSQL database, which servers on several machines may share. */
export class PostgresStorage implements DatabaseStorage {
  readonly sessions: PostgresSessions;
  readonly keys: KeyStore;
  readonly messages: MessageStore;
  readonly moderation: ModerationStore;
  readonly tasks: TaskStore;
  readonly memberships: MembershipStore;
  readonly #address: PostgresAddress;
  readonly #schema: PostgresSchema;
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  #pool: PostgresPool | undefined;
  /** Whether calls are answered. */
  #isOpen = false;
  #isClosing = false;
  /** Set when tables were found to be gone: they are looked for, and made, before the next call. */
  #isGone = false;

  /**
   * Nothing is connected, and pg not loaded, before `open`.
   *
   * @param url As `docs/storage.md#postgresql` has it.
   * @param limits Default: the ones that the documents name.
   * @throws {OptionsError} which shows nothing of the URL.
   */
  constructor(url: string, clock: Clock = systemClock, limits: PoolLimits = POOL_LIMITS) {
    this.#address = readPostgresUrl(url);
    this.#schema = new PostgresSchema(this.#address.schema, placeOf(this.#address));
    this.#clock = clock;
    this.#limits = limits;
    const { quoted } = this.#schema;
    this.sessions = new PostgresSessions(this.#transact, quoted, clock);
    this.keys = new PostgresKeys(this.#transact, quoted, clock);
    this.messages = checked(new PostgresMessages(this.#transact, quoted), MESSAGE_ARGUMENTS);
    this.moderation = checked(new PostgresModeration(this.#transact, quoted, clock), MODERATION_ARGUMENTS);
    this.tasks = new PostgresTasks(this.#transact, quoted);
    this.memberships = new PostgresMemberships(this.#transact, quoted);
  }

  get place(): string {
    return sharedPlaceOf(this.#address);
  }

  async open(options: OpenStorageOptions): Promise<OpenedStorage> {
    this.#isClosing = false;
    const pool = await this.#newPool();
    if (this.#isClosing) return { lost: 0 };
    this.#pool = pool;
    try {
      await this.#prepare(pool);
      const transact: Transact = (work) => pool.run(work, this.#limits.opening);
      const sessions = new PostgresSessions(transact, this.#schema.quoted, this.#clock);
      const nodeIds = await lostNodes(await sessions.openNodes(), options);
      if (this.#isClosing) return { lost: 0 };
      const lost = await sessions.endLost(nodeIds);
      this.#isGone = false;
      this.#isOpen = !this.#isClosing;
      return { lost };
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** Finds out whether `open` would refuse the database, and changes nothing in it. @throws {StorageError} */
  examine(): Promise<void> {
    return this.#alone((pool) => pool.run((transaction) => this.#schema.examine(transaction), this.#limits.opening));
  }

  /** Examines the database, and says which schema it has. What PostgreSQL keeps, it checks itself. */
  check(): Promise<SchemaVersions> {
    const schema = this.#schema;
    return this.#alone((pool) =>
      pool.run(async (transaction) => {
        const versions = await schema.versions(transaction);
        await schema.examine(transaction);
        return versions;
      }, this.#limits.opening),
    );
  }

  /** Brings the schema up to date, without a server. @throws {StorageError} */
  migrate(): Promise<Migrated> {
    return this.#alone((pool) => this.#migrate(pool));
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#isClosing = true;
    await this.#pool?.close();
  }

  readonly #transact: Transact = async (work) => {
    const pool = this.#pool;
    if (!this.#isOpen || pool === undefined)
      throw new StorageError('closed', `PostgreSQL at ${placeOf(this.#address)} is not open.`);
    try {
      if (this.#isGone) await this.#prepare(pool);
      this.#isGone = false;
      return await pool.run(work);
    } catch (error) {
      if (error instanceof StorageError && error.problem === 'gone') this.#isGone = true;
      throw error;
    }
  };

  /** Checks the schema, and brings it up to date if it has to be. Those who do not change it lock nothing. */
  async #prepare(pool: PostgresPool): Promise<void> {
    const schema = this.#schema;
    const isOld = await pool.run((transaction) => schema.isOld(transaction), this.#limits.opening);
    if (isOld) await this.#migrate(pool);
    await pool.run((transaction) => schema.check(transaction), this.#limits.opening);
  }

  #migrate(pool: PostgresPool): Promise<Migrated> {
    return pool.run((transaction) => this.#schema.migrate(transaction), this.#limits.migration);
  }

  /** Does something with a pool of its own. */
  async #alone<T>(act: (pool: PostgresPool) => Promise<T>): Promise<T> {
    const pool = await this.#newPool();
    try {
      return await act(pool);
    } finally {
      await pool.close();
    }
  }

  async #newPool(): Promise<PostgresPool> {
    const pg = await loadPg();
    return new PostgresPool({ pg, address: this.#address, limits: this.#limits, clock: this.#clock });
  }
}
