import { asError, RefusedError } from '../../errors.ts';
import type { GroupHistory, KeptMessage, Recovery } from '../../hub/history.ts';
import type { Codec } from '../../protocol/codec.ts';
import type { Position } from '../../protocol/position.ts';
import type { LogPage, LogTop } from '../log-store.ts';
import type { CachedEntry } from './entry-cache.ts';
import type { FollowedLogs } from './followed-logs.ts';
import type { KeptEntries } from './kept-entry.ts';
import { keptMessage, tellingCodec } from './kept-records.ts';
import type { LogFollower } from './log-follower.ts';
import { recoveryOf, refusalOf, unrecovered } from './recovery.ts';

export interface SharedHistoryParts {
  readonly group: string;
  readonly log: string;
  readonly logs: FollowedLogs;
  readonly entries: KeptEntries;
  readonly codecs: readonly Codec[];
  /** Follows the group from now on, at least for a while. */
  use(): { readonly follower: LogFollower; readonly beginning: Promise<void> | undefined };
}

/**
 * The messages that one group keeps, for all nodes. Whoever asks makes this node follow the group, so that most answers
 * come from what it keeps in memory: many clients that come back at the same time cost one reading.
 */
export class SharedHistory implements GroupHistory {
  readonly #parts: SharedHistoryParts;
  readonly #codec: Codec;

  constructor(parts: SharedHistoryParts) {
    this.#parts = parts;
    this.#codec = tellingCodec(parts.codecs);
  }

  async since(from: Position | { readonly messageId: string }, limit: number): Promise<Recovery> {
    const { follower, beginning } = this.#parts.use();
    try {
      await beginning;
      if (follower.isBehind) await follower.catchUp();
      const here = this.#known(follower);
      return this.#sinceHere(follower, here, from, limit) ?? (await this.#sinceThere(follower, from, limit));
    } catch {
      // The link reports it.
      return unrecovered('outage', follower.top);
    }
  }

  async latest(limit: number, before: Position | undefined): Promise<readonly KeptMessage[]> {
    const { follower, beginning } = this.#parts.use();
    try {
      await beginning;
      if (follower.isBehind) await follower.catchUp();
      const top = this.#known(follower);
      if (before !== undefined && before.epoch !== top.epoch) await follower.catchUp();
      const { epoch, last } = this.#known(follower);
      if (before !== undefined && before.epoch !== epoch) return [];
      const end = Math.min(last, (before?.offset ?? Number.POSITIVE_INFINITY) - 1);
      const here = follower.cache.between(Math.max(1, end - limit + 1), end);
      const entries = here ?? (await this.#read(follower, { before: end + 1, limit })).entries;
      return [...entries].reverse().map((entry) => this.#kept(entry, epoch));
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  async remove(messageId: string): Promise<boolean> {
    const { follower } = this.#parts.use();
    try {
      return await this.#parts.logs.calls.remove(this.#parts.log, messageId, follower.state);
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  /** The answer from what this node keeps; undefined: it does not know enough. */
  #sinceHere(
    { cache }: LogFollower,
    top: LogTop,
    from: Position | { readonly messageId: string },
    limit: number,
  ): Recovery | undefined {
    const offset = 'messageId' in from ? cache.numberOf(from.messageId) : from.offset;
    if (offset === undefined) return undefined;
    const refusal = refusalOf({ epoch: 'messageId' in from ? top.epoch : from.epoch, offset }, top, limit);
    if (refusal !== undefined) return refusal === 'limit' ? unrecovered(refusal, top) : undefined;
    const entries = cache.between(offset + 1, top.last);
    return entries && recoveryOf(offset, top, entries, (entry) => this.#kept(entry, top.epoch));
  }

  /** The answer from the store, and the log as far as it goes at that moment. */
  async #sinceThere(
    follower: LogFollower,
    from: Position | { readonly messageId: string },
    limit: number,
  ): Promise<Recovery> {
    // A position of another node may be ahead of this one.
    if (!('messageId' in from) && refusalOf(from, this.#known(follower), limit) !== undefined) {
      await follower.catchUp();
      const here = this.#known(follower);
      const refusal = refusalOf(from, here, limit);
      if (refusal !== undefined) return unrecovered(refusal, here);
      const known = this.#sinceHere(follower, here, from, limit);
      if (known !== undefined) return known;
    }
    const after = 'messageId' in from ? from : from.offset;
    const page = await this.#read(follower, { after, limit, isWhole: true });
    // Members here must have got everything up to the position that is told: what comes later is new to them.
    const here = this.#known(follower);
    if (here.epoch !== page.epoch || here.last < page.last) await follower.catchUp();
    if (page.after === undefined) return unrecovered('unknown', page);
    const position = 'messageId' in from ? { epoch: page.epoch, offset: page.after } : from;
    const refusal = refusalOf(position, page, limit);
    if (refusal !== undefined) return unrecovered(refusal, page);
    return recoveryOf(page.after, page, page.entries, (entry) => this.#kept(entry, page.epoch));
  }

  #read(
    { state }: LogFollower,
    query:
      | { after: number | { messageId: string }; limit: number; isWhole: boolean }
      | { before: number; limit: number },
  ): Promise<LogPage> {
    return this.#parts.logs.calls.read(this.#parts.log, { ...state, ...query });
  }

  /** @throws {Error} when nothing is known of the log: the backplane was lost before. */
  #known({ top }: LogFollower): LogTop {
    if (top === undefined || !this.#parts.logs.isLinked)
      throw new Error('The link to the other nodes does not work now.');
    return top;
  }

  #kept(entry: CachedEntry, epoch: string): KeptMessage {
    entry.kept ??= this.#messageOf(entry, epoch);
    return entry.kept;
  }

  #messageOf({ offset, at: sentAt, messageId, bytes }: CachedEntry, epoch: string): KeptMessage {
    const read = bytes && this.#parts.entries.read(this.#parts.log, bytes);
    const record = read?.message.bytes(this.#codec);
    return keptMessage({ position: { epoch, offset }, messageId, sentAt }, record, this.#codec);
  }

  #unreachable(error: unknown): RefusedError {
    return new RefusedError(`The history of the group cannot be reached: ${asError(error).message}`, { cause: error });
  }
}
