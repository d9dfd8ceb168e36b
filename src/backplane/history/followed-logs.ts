import { loggable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { BackplaneError } from '../backplane.ts';
import type { AnnouncedLog, SentLogs } from '../link/sent-logs.ts';
import type { Subscriptions } from '../link/subscriptions.ts';
import type {
  Appended,
  LogEntry,
  LogPage,
  LogQuery,
  LogState,
  LogStore,
  LogTop,
  NewEntry,
  Removed,
} from '../log-store.ts';
import { MAXIMUM_ENVELOPE_BYTES } from '../wire/envelope.ts';
import type { LogFollower } from './log-follower.ts';

export interface FollowedLogsParts {
  readonly store: LogStore;
  readonly followed: Subscriptions;
  readonly sentLogs: SentLogs;
  isLinked(): boolean;
  /** Publishes what was sent before: an entry must not overtake it. */
  flush(): void;
  readonly log: Log;
}

/** A hub that has groups which keep their messages. */
export interface LogUser {
  /** Once for each beacon of this node, while it is linked. */
  beat(): void;
}

/** Entries that this node wanted to add. */
export interface LogCounts {
  readonly appended: number;
  /** Those whose messages were there before. */
  readonly duplicates: number;
  /** Those that the store has not taken, or has not answered. */
  readonly rejected: number;
}

/** Followers that read at the same time when all of them have to. */
const AT_ONCE = 16;
/** Bytes of one entry, and of all that wait for the store. */
const MOST_BYTES = MAXIMUM_ENVELOPE_BYTES / 2;
const MOST_WAITING_BYTES = 32 * 1_024 * 1_024;

/** The logs of all hubs of this node: what is added to them, and who follows them. */
export class FollowedLogs {
  readonly #parts: FollowedLogsParts;
  readonly #followers = new Map<string, LogFollower>();
  /** Bytes of entries that the store has not answered. */
  #waitingBytes = 0;
  readonly #counts = { appended: 0, duplicates: 0, rejected: 0 };
  #isChecking = false;
  #hasToCheck = false;
  #hasWarned = false;
  /** Hubs that have groups which keep their messages. */
  readonly #users: LogUser[] = [];

  constructor(parts: FollowedLogsParts) {
    this.#parts = parts;
  }

  get isLinked(): boolean {
    return this.#parts.isLinked();
  }
  /** Number of logs that this node follows. */
  get size(): number {
    return this.#followers.size;
  }

  use(user: LogUser): void {
    this.#users.push(user);
  }

  get counts(): LogCounts {
    return { ...this.#counts };
  }

  /**
   * Adds an entry. This node's follower of the log gets it when it is told, as all others: what was sent to this node
   * before comes before it. Rejects with a `BackplaneError`.
   */
  async append(log: string, entry: NewEntry): Promise<Appended> {
    const appended = await this.#stored(log, entry);
    if (appended.top === undefined) this.#counts.duplicates += 1;
    else {
      this.#counts.appended += 1;
      this.#parts.sentLogs.changed(log, appended.top);
    }
    return appended;
  }

  async read(log: string, query: LogQuery): Promise<LogPage> {
    this.#checkLink();
    return this.#parts.store.read(log, query);
  }

  /** @returns whether there was something to remove. */
  async remove(log: string, messageId: string, state: LogState): Promise<boolean> {
    this.#checkLink();
    this.#parts.flush();
    const top = await this.#parts.store.remove(log, messageId, state);
    if (top === undefined) return false;
    this.#parts.sentLogs.changed(log, top);
    return true;
  }

  /** Begins to follow a log. Resolves when its follower knows where it stands, or when the backplane is lost. */
  follow(log: string, follower: LogFollower): Promise<void> {
    this.#followers.set(log, follower);
    this.#parts.followed.want(log);
    return this.#begin(log, follower);
  }

  /** Resolves when further entries of a log are told, or when the backplane is lost. undefined: they are, or never. */
  whenFollowed(log: string): Promise<void> | undefined {
    return this.isLinked ? this.#parts.followed.whenConfirmed(log) : undefined;
  }

  unfollow(log: string): void {
    this.#followers.delete(log);
    this.#parts.followed.unwant(log);
  }

  appended(log: string, entry: LogEntry, top: LogTop): void {
    this.#followers.get(log)?.appended(entry, top);
  }

  removed(log: string, removed: Removed, top: LogTop): void {
    this.#followers.get(log)?.removed(removed, top);
  }

  /** Another node tells how far logs have gone. */
  announced(logs: readonly AnnouncedLog[]): void {
    for (const { log, ...top } of logs) this.#followers.get(log)?.announced(top);
  }

  /** This node is linked: what was added before has to be read. */
  linked(): void {
    this.check();
    if (this.#users.length > 0 && !this.#hasWarned) void this.#warn();
  }

  /** Once for each beacon. */
  beat(): void {
    for (const user of this.#users) user.beat();
  }

  unlinked(): void {
    for (const follower of this.#followers.values()) follower.suspend();
  }

  /** Something may have been added that nobody tells any more: all followers look whether they miss something. */
  check(): void {
    this.#hasToCheck = true;
    if (!this.#isChecking) void this.#checkAll();
  }

  /** Logs once why the store may lose entries. Never rejects. */
  async #warn(): Promise<void> {
    const { log, store } = this.#parts;
    this.#hasWarned = true;
    try {
      for (const hazard of await store.hazards()) log.warn({ hazard }, 'the history of groups may be lost');
    } catch (error) {
      log.warn({ error: loggable(error) }, 'it could not be checked whether the history of groups may be lost');
    }
  }

  async #stored(log: string, entry: NewEntry): Promise<Appended> {
    const { length } = entry.bytes;
    try {
      this.#checkLink();
      this.#checkRoom(length);
      this.#parts.flush();
      this.#waitingBytes += length;
      return await this.#parts.store.append(log, entry).finally(() => {
        this.#waitingBytes -= length;
      });
    } catch (error) {
      this.#counts.rejected += 1;
      throw error;
    }
  }

  async #begin(log: string, follower: LogFollower): Promise<void> {
    if (!this.isLinked) return;
    await this.#parts.followed.whenConfirmed(log);
    await this.#catchUp(follower);
  }

  async #checkAll(): Promise<void> {
    this.#isChecking = true;
    // It may be called in the transition by which this node is linked.
    await undefined;
    while (this.#hasToCheck) {
      this.#hasToCheck = false;
      const followers = this.#followers.values();
      const readers = Array.from({ length: AT_ONCE }, async () => {
        for (const follower of followers) await this.#catchUp(follower);
      });
      await Promise.all(readers);
    }
    this.#isChecking = false;
  }

  /** Never rejects. */
  async #catchUp(follower: LogFollower): Promise<void> {
    try {
      // When the link is lost it is done once there is one again.
      if (this.isLinked) await follower.catchUp();
    } catch (error) {
      this.#parts.log.warn({ error: loggable(error) }, 'the history of a group could not be read');
    }
  }

  /** @throws {BackplaneError} when a message is too long, or too much waits already. */
  #checkRoom(bytes: number): void {
    if (bytes > MOST_BYTES)
      throw new BackplaneError('refused', `It has ${bytes} bytes, and a history takes at most ${MOST_BYTES}.`);
    if (this.#waitingBytes + bytes > MOST_WAITING_BYTES)
      throw new BackplaneError(
        'unreachable',
        `${this.#waitingBytes} bytes of messages wait for the backplane already.`,
      );
  }

  #checkLink(): void {
    if (!this.isLinked) throw new BackplaneError('closed', 'The link to the other nodes does not work now.');
  }
}
