/** Channels on which a node has sent something, for the others to compare with what they have heard. */
export interface Sent {
  /** Number of the latest envelope of all channels. undefined: the beacon has further parts. */
  readonly latest: number | undefined;
  /** Channels that are not named had no envelope with a higher number than this, as far as it is known. */
  readonly unknownUpTo: number;
  /** By channel: the number of the latest envelope on it. */
  readonly channels: readonly (readonly [channel: string, number: number])[];
}

interface SentChannel {
  number: number;
  /** Number of beacons that have named it since its latest envelope. */
  named: number;
}

/** Two beacons name a channel, so that one of them may be lost without a question. */
const NAMED = 2;
const MAXIMUM_CHANNELS = 50_000;
/** Channels that one answer names, at most. */
const NAMED_IN_ANSWER = 20_000;

/**
 * Numbers of the envelopes that this node sends: one sequence for all channels, and for each channel the number of the
 * envelope before. So a receiver of a channel sees that one is missing, and a channel may be forgotten when nothing was
 * sent on it for a while.
 */
export class SentChannels {
  readonly #maximum: number;
  /** The one with the oldest envelope in front. */
  readonly #channels = new Map<string, SentChannel>();
  /** Those that beacons have to name, by channel. */
  readonly #unnamed = new Map<string, SentChannel>();
  #latest = 0;
  /** Highest number on the channels that were forgotten. */
  #forgotten = 0;
  /** The same of those that were forgotten before two beacons had named them, and how many beacons have told that. */
  #lost = { upTo: 0, told: NAMED };

  constructor(maximum = MAXIMUM_CHANNELS) {
    this.#maximum = maximum;
  }

  get latest(): number {
    return this.#latest;
  }
  get size(): number {
    return this.#channels.size;
  }

  /** Numbers the next envelope on a channel. */
  next(channel: string): { readonly number: number; readonly previous: number } {
    this.#latest += 1;
    const sent = this.#channels.get(channel) ?? { number: 0, named: 0 };
    const previous = sent.number;
    sent.number = this.#latest;
    sent.named = 0;
    // To the end.
    this.#channels.delete(channel);
    this.#channels.set(channel, sent);
    this.#unnamed.set(channel, sent);
    if (this.#channels.size > this.#maximum) this.#forgetOldest();
    return { number: sent.number, previous };
  }

  /** For a beacon: the channels of which the others may not have heard. Named twice, they count as heard of. */
  announce(): Sent & { readonly latest: number } {
    const channels: [string, number][] = [];
    for (const [channel, sent] of this.#unnamed) {
      sent.named += 1;
      channels.push([channel, sent.number]);
      if (sent.named >= NAMED) this.#unnamed.delete(channel);
    }
    const { upTo, told } = this.#lost;
    this.#lost = { upTo, told: told + 1 };
    return { latest: this.#latest, unknownUpTo: told < NAMED ? upTo : 0, channels };
  }

  /** For a node that has missed beacons: the channels with a higher number. */
  since(number: number): Sent {
    const channels: [string, number][] = [];
    for (const [channel, sent] of this.#channels) if (sent.number > number) channels.push([channel, sent.number]);
    const unnamed = channels.splice(0, Math.max(0, channels.length - NAMED_IN_ANSWER)).at(-1);
    return { latest: this.#latest, unknownUpTo: unnamed?.[1] ?? this.#forgotten, channels };
  }

  /** Forgets the channels on which nothing was sent since an envelope, if beacons have named them. */
  forgetBefore(number: number): void {
    for (const sent of this.#channels.values()) {
      if (sent.number >= number || sent.named < NAMED) return;
      this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    for (const [channel, { number, named }] of this.#channels) {
      this.#channels.delete(channel);
      this.#unnamed.delete(channel);
      this.#forgotten = number;
      if (named < NAMED) this.#lost = { upTo: number, told: 0 };
      return;
    }
  }
}
