import type { Alarms } from '../../clock.ts';
import { BackplaneError } from '../backplane.ts';
import { CONTROL } from '../wire/channels.ts';
import { writeBeacon } from '../wire/items.ts';
import type { Publisher } from './publisher.ts';
import type { SentChannels } from './sent-channels.ts';
import type { SentLogs } from './sent-logs.ts';

export interface BeaconsParts {
  readonly nodeId: string;
  /** Milliseconds between two of them. */
  readonly everyMs: number;
  readonly alarms: Alarms;
  readonly publisher: Publisher;
  readonly sent: SentChannels;
  readonly sentLogs: SentLogs;
}

/** A node that has not heard itself for so many beacons is deaf. */
const DEAF_BEACONS = 3;
/** Channels of which nothing was sent for so many beacons are forgotten. */
const KEPT_BEACONS = 60;
/** Channels that one envelope names, at most, and logs: a beacon that names more has several parts. */
const NAMED_AT_ONCE = 5_000;

/**
 * Beacons of this node: the others hear that it is there, and what it has sent. The node listens for its own ones, too:
 * if none comes back, those of others do not come, either.
 */
export class Beacons {
  readonly #parts: BeaconsParts;
  /** Latest numbers at the last beacons, the oldest in front. */
  readonly #latest: number[] = [];
  /**
   * Moment at which the node has heard itself, by `Alarms.now`, which leaves out the time in which this process could not
   * hear anything. undefined: it does not listen.
   */
  #heardAt: number | undefined;
  #sentAt = 0;
  #lagMs = 0;

  constructor(parts: BeaconsParts) {
    this.#parts = parts;
  }

  /** Milliseconds that the latest beacon has taken to come back. */
  get lagMs(): number {
    return this.#lagMs;
  }

  /** Present when the node has not heard itself for too long. */
  get trouble(): BackplaneError | undefined {
    const { alarms, everyMs } = this.#parts;
    if (this.#heardAt === undefined || alarms.now() - this.#heardAt <= DEAF_BEACONS * everyMs) return undefined;
    return new BackplaneError('unreachable', 'The backplane takes messages, and none comes back.');
  }

  /** Begins to listen. */
  listen(): void {
    this.#heardAt = this.#parts.alarms.now();
  }

  /** There is no connection on which anything could come. */
  stop(): void {
    this.#heardAt = undefined;
  }

  /**
   * A message of this node to all has come back.
   *
   * @returns whether it listens. Before, its question who is there may come back, too, while it is being answered.
   */
  heardItself(): boolean {
    if (this.#heardAt === undefined) return false;
    const { alarms } = this.#parts;
    this.#heardAt = alarms.now();
    this.#lagMs = alarms.realNow() - this.#sentAt;
    return true;
  }

  /** Sends one, behind everything that was sent before. */
  send(): void {
    const { alarms, nodeId, publisher, sent, sentLogs } = this.#parts;
    publisher.flush();
    const all = sent.announce();
    const allLogs = sentLogs.announce();
    const most = Math.max(all.channels.length, allLogs.length);
    for (let at = 0; at === 0 || at < most; at += NAMED_AT_ONCE) {
      const channels = all.channels.slice(at, at + NAMED_AT_ONCE);
      const logs = allLogs.slice(at, at + NAMED_AT_ONCE);
      const latest = at + NAMED_AT_ONCE < most ? undefined : all.latest;
      publisher.add(CONTROL, writeBeacon({ nodeId, sent: { ...all, latest, channels }, logs }), 0);
      publisher.flush();
    }
    this.#sentAt = alarms.realNow();
    this.#latest.push(all.latest);
    if (this.#latest.length > KEPT_BEACONS) sent.forgetBefore(this.#latest.shift() as number);
  }
}
