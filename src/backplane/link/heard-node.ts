import type { Sent } from './sent-channels.ts';

/** What a node has told in a beacon, or in its answer. */
export interface Announced {
  readonly sent: Sent;
  /** Moment at which a beacon has come, or at which the node was asked. What was sent later may not be named. */
  readonly at: number;
  readonly isAnswer: boolean;
}

/** A moment, and a number: envelopes with a higher one were sent later. */
interface Point {
  readonly at: number;
  readonly number: number;
}

const NO_BEACON = -1;
/** Beacons that may wait for the answer to a question. */
const MAXIMUM_POINTS = 60;

/** Another node, as it was heard. Moments are numbers of `HeardChannels`. */
export class HeardNode {
  /** By channel: the number of its latest envelope. */
  readonly channels = new Map<string, number>();
  /**
   * By channel: an envelope before which its sender knew no other, as long as `latest` is lower; and the highest number
   * before it that has not to come.
   */
  readonly begun = new Map<string, { readonly number: number; before: number }>();
  /** Moment at which beacons were missing; 0: none is. */
  missedAt = 0;
  /** Whether it was asked what it has sent, and has not answered. */
  isAsked = false;
  /** All envelopes up to this number have come, or were found missing. */
  #latest = NO_BEACON;
  /** Moments of beacons, from the one with the number `#latest` on. */
  #points: Point[] = [];
  /** Parts of the next beacon. */
  #waiting: Announced[] = [];
  /** The latest beacon, with answers. */
  #ready: Announced[] = [];

  get latest(): number {
    return this.#latest;
  }
  /** Whether a beacon of it was compared. */
  get hasBeacon(): boolean {
    return this.#latest !== NO_BEACON;
  }

  /** Whether beacons are missing for which there is neither an answer nor a question. */
  get hasToBeAsked(): boolean {
    if (this.missedAt === 0 || this.isAsked) return false;
    return !this.#ready.some(({ at, isAnswer }) => isAnswer && at > this.missedAt);
  }

  /**
   * The highest number of envelopes that may have been sent before a subscription. Those with a higher number have to
   * come.
   */
  highestBefore(subscribedAt: number): number {
    // Something was lost since then. Nobody knows what.
    if (subscribedAt < this.missedAt) return this.#latest;
    const first = this.#points.find(({ at }) => at > subscribedAt);
    return Math.max(this.#latest, first?.number ?? Number.POSITIVE_INFINITY);
  }

  /** The highest number up to `number` of which nothing is missing on a channel, as far as it is known. */
  lastOn(channel: string, number: number, subscribedAt: number): number {
    const begun = this.begun.get(channel);
    if (begun !== undefined && number < begun.number) return begun.before;
    return this.channels.get(channel) ?? this.highestBefore(subscribedAt);
  }

  /** An envelope has come before which its sender knows no other on the channel: it may have forgotten one. */
  begin(channel: string, number: number, subscribedAt: number): void {
    const before = this.begun.get(channel)?.before ?? this.lastOn(channel, number, subscribedAt);
    this.begun.delete(channel);
    this.begun.set(channel, { number, before });
  }

  /** Everything up to this number is known to be there or missing. */
  settle(channel: string, number: number): void {
    const begun = this.begun.get(channel);
    if (begun !== undefined) begun.before = Math.max(begun.before, number);
    this.channels.set(channel, Math.max(this.channels.get(channel) ?? 0, number));
  }

  /** Forgets a channel: it is not subscribed any more. */
  forget(channel: string): void {
    this.channels.delete(channel);
    this.begun.delete(channel);
  }

  /** Adds what it has answered. It is compared when its next beacon comes. */
  answer(announced: Announced): void {
    this.#ready.push(announced);
  }

  /** Adds a part of a beacon. @returns what to compare now: with the last part, what was there before the first. */
  add(announced: Announced): readonly Announced[] {
    this.#waiting.push(announced);
    const { at, sent } = announced;
    if (sent.latest === undefined) return [];
    this.#points.push({ at, number: sent.latest });
    if (this.#points.length > MAXIMUM_POINTS) this.#points.splice(1, 1);
    const ready = this.#ready;
    this.#ready = this.#waiting;
    this.#waiting = [];
    return ready;
  }

  /** Takes all announcements that were not compared. */
  takeAll(): readonly Announced[] {
    const all = [...this.#ready, ...this.#waiting];
    this.#ready = [];
    this.#waiting = [];
    return all;
  }

  /** Forgets what is not needed when it was only cut off and comes back: envelopes before its latest beacon. */
  shrink(): void {
    for (const [channel, number] of this.channels) if (number <= this.#latest) this.channels.delete(channel);
  }

  /** The channels of an announcement were compared. As long as beacons are missing, that is not all. */
  compared(latest: number | undefined, at: number, isAnswer: boolean): void {
    if (isAnswer && at > this.missedAt) this.missedAt = 0;
    if (this.missedAt > 0 || latest === undefined || latest <= this.#latest) return;
    const before = this.#points.filter(({ number }) => number <= latest);
    // Messages with a higher number than `latest` were sent after all of these moments.
    const newest = before.reduce((moment, point) => Math.max(moment, point.at), at);
    this.#points = [{ at: newest, number: latest }, ...this.#points.slice(before.length)];
    this.#latest = latest;
    for (const [channel, { number }] of this.begun) {
      if (number > latest) break;
      this.begun.delete(channel);
    }
  }
}
