import { loggable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { AnnouncedLog } from '../link/sent-logs.ts';
import type { Subscriptions } from '../link/subscriptions.ts';
import type { LogEntry, LogTop, Removed } from '../log-store.ts';
import { LogCalls, type LogCallsParts } from './log-calls.ts';
import type { LogFollower } from './log-follower.ts';

export interface FollowedLogsParts extends LogCallsParts {
  readonly followed: Subscriptions;
  readonly log: Log;
}

/** A hub that has groups which keep their messages. */
export interface LogUser {
  /** Once for each beacon of this node, while it is linked. */
  beat(): void;
}

/** Followers that read at the same time when all of them have to. */
const AT_ONCE = 16;

/** The logs that this node follows, of all hubs, and when they have to be read. */
export class FollowedLogs {
  readonly calls: LogCalls;
  readonly #parts: FollowedLogsParts;
  readonly #followers = new Map<string, LogFollower>();
  #isChecking = false;
  #hasToCheck = false;
  #hasWarned = false;
  /** Hubs that have groups which keep their messages. */
  readonly #users: LogUser[] = [];

  constructor(parts: FollowedLogsParts) {
    this.#parts = parts;
    this.calls = new LogCalls(parts);
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
}
