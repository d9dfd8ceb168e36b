import type { Envelope } from '../wire/envelope.ts';
import type { Sent } from './sent-channels.ts';

/** Another node, as it was heard. */
interface Heard {
  /** By channel: the number of its latest envelope. */
  readonly channels: Map<string, number>;
  /** What its latest beacons say, until it is compared, and the moments at which they came. */
  announced: { readonly sent: Sent; readonly at: number }[];
  /** Highest number that a beacon of it has told; -1: no beacon of it was heard. */
  latest: number;
  /** Moment of that beacon, in the order of `#moment`. */
  latestAt: number;
}

/** Callbacks of what was heard. */
export interface HeardListener {
  /** Messages of a node on a channel are missing. */
  gap(channel: string, bootId: string): void;
  /** Beacons of a node are missing: it has to be asked what it has sent since an envelope. */
  missed(bootId: string, since: number): void;
}

const NO_BEACON = -1;

/**
 * Finds what is missing of the messages of other nodes. Each envelope tells the number of the one before it on its
 * channel. Since nothing may follow a lost one, each node also tells in beacons what it has sent; that is compared one
 * beacon later, when everything that was sent before has come.
 */
export class HeardChannels {
  readonly #listener: HeardListener;
  readonly #controlChannel: string;
  /** By channel: the moment at which the subscription was confirmed. */
  readonly #subscribed = new Map<string, number>();
  /** By the boot id. */
  readonly #nodes = new Map<string, Heard>();
  #moment = 0;

  constructor(controlChannel: string, listener: HeardListener) {
    this.#controlChannel = controlChannel;
    this.#listener = listener;
  }

  /** Number of nodes that were heard. */
  get nodes(): number {
    return this.#nodes.size;
  }

  /** Everything that is sent on a channel from now on has to come. */
  subscribed(channel: string): void {
    if (!this.#subscribed.has(channel)) this.#subscribed.set(channel, this.#next());
  }

  unsubscribed(channel: string): void {
    this.#subscribed.delete(channel);
    for (const { channels } of this.#nodes.values()) channels.delete(channel);
  }

  /** @returns whether its items have to be taken: false for an envelope that was heard before. */
  heard(channel: string, { bootId, number, previous }: Envelope): boolean {
    const node = this.#nodeOf(bootId);
    const last = node.channels.get(channel);
    if (last !== undefined && number <= last) return false;
    if (this.#subscribed.has(channel)) {
      if (previous > 0 && this.#isMissing(node, channel, previous)) this.#missing(channel, bootId, node);
      node.channels.set(channel, number);
    }
    return true;
  }

  /** Takes what a beacon says, or the answer of a node that was asked. */
  announced(bootId: string, sent: Sent): void {
    this.#nodeOf(bootId).announced.push({ sent, at: this.#next() });
  }

  /** Compares what was announced before the previous call. Called once for each beacon of this node. */
  compare(): void {
    for (const [bootId, node] of this.#nodes) {
      const { announced } = node;
      node.announced = [];
      for (const { sent, at } of announced) {
        this.#compare(bootId, node, sent);
        if (sent.latest <= node.latest) continue;
        node.latest = sent.latest;
        node.latestAt = at;
      }
    }
  }

  /** A node has ended: nothing more will come of it. */
  forget(bootId: string): void {
    this.#nodes.delete(bootId);
  }

  #compare(bootId: string, node: Heard, { unknownUpTo, channels }: Sent): void {
    const named = new Set<string>();
    for (const [channel, number] of channels) {
      named.add(channel);
      if (!this.#subscribed.has(channel) || !this.#isMissing(node, channel, number)) {
        this.#begin(node, channel, number);
        continue;
      }
      this.#listener.gap(channel, bootId);
      node.channels.set(channel, number);
    }
    if (unknownUpTo > node.latest && node.latest !== NO_BEACON) this.#unknown(bootId, node, unknownUpTo, named);
  }

  /** The node does not know any more on which channels it has sent up to a number: all may have a gap. */
  #unknown(bootId: string, node: Heard, upTo: number, named: ReadonlySet<string>): void {
    for (const channel of this.#subscribed.keys()) {
      if (named.has(channel) || (node.channels.get(channel) ?? 0) >= upTo) continue;
      this.#listener.gap(channel, bootId);
      node.channels.set(channel, upTo);
    }
  }

  /** The first number that is known of a channel is no gap. */
  #begin(node: Heard, channel: string, number: number): void {
    if (this.#subscribed.has(channel) && !node.channels.has(channel)) node.channels.set(channel, number);
  }

  #isMissing(node: Heard, channel: string, number: number): boolean {
    const last = node.channels.get(channel);
    if (last !== undefined) return number > last;
    // Sent after a beacon that came after the subscription.
    return (
      node.latest !== NO_BEACON && number > node.latest && (this.#subscribed.get(channel) as number) < node.latestAt
    );
  }

  #missing(channel: string, bootId: string, node: Heard): void {
    if (channel === this.#controlChannel) this.#listener.missed(bootId, Math.max(0, node.latest));
    else this.#listener.gap(channel, bootId);
  }

  #nodeOf(bootId: string): Heard {
    let node = this.#nodes.get(bootId);
    if (node === undefined) {
      node = { channels: new Map(), announced: [], latest: NO_BEACON, latestAt: 0 };
      this.#nodes.set(bootId, node);
    }
    return node;
  }

  #next(): number {
    this.#moment += 1;
    return this.#moment;
  }
}
