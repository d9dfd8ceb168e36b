import { asError, RefusedError } from '../../errors.ts';
import type { GroupHistory } from '../../hub/history.ts';
import type { HistoryOptions, HistoryPatterns } from '../../hub/history-options.ts';
import { toGroups } from '../../hub/target.ts';
import type { Codec } from '../../protocol/codec.ts';
import type { Position } from '../../protocol/position.ts';
import type { Added, Histories } from '../../routing/histories.ts';
import type { RoutedMessage } from '../../routing/routed-message.ts';
import type { ThisNode } from '../../routing/this-node.ts';
import type { Appended, LogEntry, LogState } from '../log-store.ts';
import { logName } from '../wire/channels.ts';
import type { Envelopes } from '../wire/envelope.ts';
import type { CacheShelf } from './entry-cache.ts';
import type { FollowedLogs } from './followed-logs.ts';
import { KeptEntries } from './kept-entry.ts';
import { LogFollower } from './log-follower.ts';
import { SharedHistory } from './shared-history.ts';

export interface SharedHistoriesParts {
  /** Key of the hub, the same on all nodes. */
  readonly hub: string;
  readonly patterns: HistoryPatterns;
  readonly codecs: readonly Codec[];
  readonly envelopes: Envelopes;
  readonly logs: FollowedLogs;
  readonly shelf: CacheShelf;
  readonly thisNode: ThisNode;
  /** Messages of a group were lost, and cannot be repaired. */
  lost(group: string): void;
  failed(error: unknown): void;
}

/** A group that this node follows: it has members here, or somebody has asked for its messages lately. */
interface Followed {
  readonly follower: LogFollower;
  /** Resolves when it knows where the log stands. undefined: it does. */
  beginning: Promise<void> | undefined;
  hasMembers: boolean;
  isUsed: boolean;
}

/** Groups that are not followed and whose newest known position is remembered. */
const MOST_REMEMBERED = 10_000;

/** The histories of a hub of which this node is one of several. */
export class SharedHistories implements Histories {
  readonly areShared = true;
  readonly #parts: SharedHistoriesParts;
  readonly #entries: KeptEntries;
  readonly #followed = new Map<string, Followed>();
  /** Resolves when the next message may be added. undefined: at once. */
  #entrance: Promise<unknown> | undefined;
  /** By group, the oldest in front. */
  readonly #remembered = new Map<string, Position>();

  constructor(parts: SharedHistoriesParts) {
    this.#parts = parts;
    this.#entries = new KeptEntries(parts.envelopes, parts.codecs);
  }

  get codecs(): readonly Codec[] {
    return this.#parts.codecs;
  }

  has(group: string): boolean {
    return this.#parts.patterns.of(group) !== undefined;
  }

  of(group: string): GroupHistory | undefined {
    if (!this.has(group)) return undefined;
    return new SharedHistory({
      group,
      log: this.#logOf(group),
      logs: this.#parts.logs,
      entries: this.#entries,
      codecs: this.#parts.codecs,
      use: () => this.#use(group),
    });
  }

  append(group: string, routed: RoutedMessage): Promise<Added> {
    const followed = this.#parts.logs.whenFollowed(this.#logOf(group));
    if (followed === undefined && this.#entrance === undefined) return this.#append(group, routed);
    // Members that have just joined get it when it is told. Nothing that is sent later may be added before.
    const entrance = Promise.all([this.#entrance, followed]);
    this.#entrance = entrance;
    return entrance.then(() => {
      if (this.#entrance === entrance) this.#entrance = undefined;
      return this.#append(group, routed);
    });
  }

  async #append(group: string, routed: RoutedMessage): Promise<Added> {
    const { logs } = this.#parts;
    const { message, target, messageId } = routed;
    const log = this.#logOf(group);
    const bytes = this.#entries.write(log, message, target.to === 'groups' ? target.except : []);
    const appended = await this.#added(logs.calls.append(log, { ...this.#stateOf(group), bytes, messageId }));
    const { position } = appended;
    const { follower } = this.#followed.get(group) ?? {};
    if (follower === undefined) this.#remember(group, position);
    const isDuplicate = appended.top === undefined;
    // What was added in an epoch that is not the present one was handed on then, or is lost.
    const isExpected = !isDuplicate || follower?.top?.epoch === position.epoch;
    const slices = isExpected ? ((await follower?.whenHandedOn(position)) ?? 0) : 0;
    return { position, isDuplicate, slices };
  }

  /** The group has its first member on this node. */
  groupAdded(group: string): void {
    this.#use(group).hasMembers = true;
  }

  groupRemoved(group: string): void {
    const followed = this.#followed.get(group);
    if (followed !== undefined) followed.hasMembers = false;
  }

  /** Resolves when further messages to a group come, or cannot come. undefined: they come. */
  whenHeard(group: string): Promise<void> | undefined {
    return this.#followed.get(group)?.beginning;
  }

  /**
   * Once for each beacon: reads what has not come by itself, and lets go of groups that have no members, and were not
   * asked for since the last time.
   */
  beat(): void {
    for (const [group, followed] of this.#followed) {
      followed.follower.beat();
      const isNeeded = followed.hasMembers || followed.isUsed || !followed.follower.isSettled;
      followed.isUsed = false;
      if (isNeeded) continue;
      const { follower } = followed;
      this.#followed.delete(group);
      this.#parts.logs.unfollow(this.#logOf(group));
      const { top } = follower;
      if (top !== undefined) this.#remember(group, { epoch: top.epoch, offset: top.last });
      follower.dispose();
    }
  }

  #use(group: string): Followed {
    const known = this.#followed.get(group);
    if (known !== undefined) {
      known.isUsed = true;
      return known;
    }
    const log = this.#logOf(group);
    const { logs, shelf, lost, failed } = this.#parts;
    const follower = new LogFollower({
      options: this.#optionsOf(group),
      shelf,
      read: (query) => logs.calls.read(log, query),
      deliver: (entry, epoch) => this.#deliver(group, log, entry, epoch),
      lost: () => lost(group),
      failed,
    });
    const remembered = this.#remembered.get(group);
    if (remembered !== undefined) follower.seen.saw(remembered);
    const followed: Followed = { follower, beginning: undefined, hasMembers: false, isUsed: true };
    this.#followed.set(group, followed);
    followed.beginning = logs.follow(log, follower).then(() => {
      followed.beginning = undefined;
    });
    return followed;
  }

  #deliver(group: string, log: string, { offset, bytes }: LogEntry, epoch: string): number {
    const { thisNode } = this.#parts;
    if (bytes === undefined || thisNode.count(group) === 0) return 0;
    const read = this.#entries.read(log, bytes);
    if (read === undefined) return 0;
    const { message, except } = read;
    message.place({ group, position: { epoch, offset } });
    return thisNode.deliver(toGroups([group], except), message);
  }

  async #added(appending: Promise<Appended>): Promise<Appended> {
    try {
      return await appending;
    } catch (error) {
      throw new RefusedError(
        `The message may not have been added to the history of its group: ${asError(error).message} Send it again with the same messageId: it is added once.`,
        { cause: error },
      );
    }
  }

  #remember(group: string, position: Position): void {
    this.#remembered.delete(group);
    this.#remembered.set(group, position);
    if (this.#remembered.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest);
      return;
    }
  }

  #stateOf(group: string): LogState {
    const followed = this.#followed.get(group);
    if (followed !== undefined) return followed.follower.state;
    const remembered = this.#remembered.get(group);
    return { ...this.#optionsOf(group), seen: remembered === undefined ? [] : [remembered] };
  }

  #optionsOf(group: string): HistoryOptions {
    return this.#parts.patterns.of(group) as HistoryOptions;
  }

  #logOf(group: string): string {
    return logName(this.#parts.hub, group);
  }
}
