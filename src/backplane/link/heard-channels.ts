import type { Envelope } from '../wire/envelope.ts';
import type { Sent } from './sent-channels.ts';

/** Another node, as it was heard. */
interface Heard {
  /** By channel: the number of its latest envelope. */
  readonly channels: Map<string, number>;
  /** What its latest beacons and answers say, until it is compared, and the moments at which they came. */
  announced: { readonly sent: Sent; readonly at: number; readonly isAnswer: boolean }[];
  /**
   * Highest number that was told and compared; -1: none. It stays as it is while beacons are missing: what these have
   * told has to be compared with it.
   */
  latest: number;
  /** Moment at which that came, in the order of `#moment`. */
  latestAt: number;
  /** Whether beacons of it are missing, and it has not been asked about them. */
  mustBeAsked: boolean;
  /** Number of such questions that it has not answered. */
  unanswered: number;
}

/** Callbacks of what was heard. */
export interface HeardListener {
  /** Messages of a node on a channel are missing. */
  gap(channel: string, bootId: string): void;
  /**
   * Beacons of a node are missing: it has to be asked what it has sent since an envelope. `announced` or `notAnswered`
   * follows, unless the node ends.
   *
   * @returns whether it is asked. false: the node is not known.
   */
  missed(bootId: string, since: number): boolean;
}

const NO_BEACON = -1;
/** Nodes that have ended, of which it is known what they had sent: such a node may come back. */
const MAXIMUM_ENDED = 1_000;

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
  /** By boot id: the highest number that was compared. The one that ended first in front. */
  readonly #ended = new Map<string, number>();
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
  announced(bootId: string, sent: Sent, isAnswer = false): void {
    const node = this.#nodeOf(bootId);
    node.announced.push({ sent, at: this.#next(), isAnswer });
    if (node.mustBeAsked) this.#ask(bootId, node);
  }

  /** A node that was asked has not answered in time: it is asked again at its next beacon. */
  notAnswered(bootId: string): void {
    const node = this.#nodes.get(bootId);
    if (node === undefined || node.unanswered === 0) return;
    node.unanswered -= 1;
    node.mustBeAsked = true;
  }

  /** Compares what was announced before the previous call. Called once for each beacon of this node. */
  compare(): void {
    for (const [bootId, node] of this.#nodes) {
      const { announced } = node;
      node.announced = [];
      for (const { sent, at, isAnswer } of announced) {
        this.#compare(bootId, node, sent);
        if (isAnswer) node.unanswered -= 1;
        if (node.mustBeAsked || node.unanswered > 0 || sent.latest <= node.latest) continue;
        node.latest = sent.latest;
        node.latestAt = at;
      }
    }
  }

  /** The connection was lost, and there is a new one: what was sent meanwhile has not come. */
  resumed(): void {
    for (const channel of this.#subscribed.keys()) this.#subscribed.set(channel, 0);
    for (const [bootId, node] of this.#nodes) {
      if (node.latest === NO_BEACON) this.#expectAll(node, 0);
      // The new answer has all that these say.
      node.announced = [];
      node.unanswered = 0;
      this.#ask(bootId, node);
    }
  }

  /** A node has ended: nothing more will come of it, unless it was only taken for dead. */
  forget(bootId: string): void {
    const latest = this.#nodes.get(bootId)?.latest ?? NO_BEACON;
    if (!this.#nodes.delete(bootId) || latest === NO_BEACON) return;
    this.#ended.set(bootId, latest);
    if (this.#ended.size <= MAXIMUM_ENDED) return;
    for (const first of this.#ended.keys()) {
      this.#ended.delete(first);
      return;
    }
  }

  /** Forgets the nodes that are not known: late messages of such as have ended. */
  forgetOthers(isKnown: (bootId: string) => boolean): void {
    for (const bootId of this.#nodes.keys()) if (!isKnown(bootId)) this.forget(bootId);
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
    // The beacon that follows asks: until then the node may not be known.
    if (channel === this.#controlChannel) node.mustBeAsked = true;
    else this.#listener.gap(channel, bootId);
  }

  #ask(bootId: string, node: Heard): void {
    node.mustBeAsked = !this.#listener.missed(bootId, Math.max(0, node.latest));
    if (!node.mustBeAsked) node.unanswered += 1;
  }

  /** Everything with a higher number has to come, on all channels that are subscribed now. */
  #expectAll(node: Heard, latest: number): void {
    node.latest = latest;
    node.latestAt = this.#next();
    node.mustBeAsked = true;
  }

  #nodeOf(bootId: string): Heard {
    let node = this.#nodes.get(bootId);
    if (node !== undefined) return node;
    node = {
      channels: new Map(),
      announced: [],
      latest: NO_BEACON,
      latestAt: 0,
      mustBeAsked: false,
      unanswered: 0,
    };
    this.#nodes.set(bootId, node);
    const before = this.#ended.get(bootId);
    if (before === undefined) return node;
    this.#ended.delete(bootId);
    this.#expectAll(node, before);
    return node;
  }

  #next(): number {
    this.#moment += 1;
    return this.#moment;
  }
}
