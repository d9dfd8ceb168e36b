import type { Envelope } from '../wire/envelope.ts';
import { type Announced, HeardNode } from './heard-node.ts';
import type { Sent } from './sent-channels.ts';

/** Callbacks of what was heard. */
export interface HeardListener {
  /** Messages of a node on a channel are missing. */
  gap(channel: string, bootId: string): void;
  /**
   * Beacons of a node are missing: it has to be asked what it has sent since an envelope. `answered` has to be called
   * with its answer, or without one.
   *
   * @param at The moment, for `answered`.
   */
  missed(bootId: string, since: number, at: number): void;
}

/** Beacons of this node after which it has heard all others that are alive. */
const BEACONS_TO_HEAR_ALL = 3;
/** Nodes that have ended and are remembered: one that was only cut off comes back with the same numbers. */
const KEPT_NODES = 1_000;

/**
 * Finds what is missing of the messages of other nodes. Each envelope tells the number of the one before it on its
 * channel. Since nothing may follow a lost one, each node also tells in beacons what it has sent; that is compared when
 * its next beacon comes, so an envelope may be late by the time between two of them.
 *
 * A lost envelope is not noticed when no beacon of its node had come since the subscription, unless a beacon is missing,
 * too: it may have been sent before.
 */
export class HeardChannels {
  readonly #listener: HeardListener;
  readonly #controlChannel: string;
  /** By channel: the moment at which the subscription was confirmed. */
  readonly #subscribed = new Map<string, number>();
  /** By the boot id. */
  readonly #nodes = new Map<string, HeardNode>();
  /** Boot ids of those that have ended, the first one in front. */
  readonly #ended = new Set<string>();
  #moment = 0;
  /** Number of beacons of this node since it hears those of others. */
  #beacons = 0;

  constructor(controlChannel: string, listener: HeardListener) {
    this.#controlChannel = controlChannel;
    this.#listener = listener;
  }

  /** Number of nodes that were heard. */
  get nodes(): number {
    return this.#nodes.size - this.#ended.size;
  }
  /** Number of those that have ended, and are remembered. */
  get ended(): number {
    return this.#ended.size;
  }

  /** Everything that is sent on a channel from now on has to come. */
  subscribed(channel: string): void {
    if (!this.#subscribed.has(channel)) this.#subscribed.set(channel, this.#next());
  }

  unsubscribed(channel: string): void {
    this.#subscribed.delete(channel);
    for (const node of this.#nodes.values()) node.forget(channel);
  }

  /** @returns whether its items have to be taken: false for an envelope that was heard before. */
  heard(channel: string, { bootId, number, previous }: Envelope): boolean {
    const node = this.#nodeOf(bootId);
    const last = node.channels.get(channel);
    if (last !== undefined && number <= last) return false;
    const subscribedAt = this.#subscribed.get(channel);
    if (subscribedAt === undefined) return true;
    if (channel === this.#controlChannel) {
      if (this.#hasMissed(node, last, previous)) this.#missed(bootId, node);
    } else if (previous === 0) node.begin(channel, number, subscribedAt);
    else if (previous > node.lastOn(channel, previous, subscribedAt)) this.#listener.gap(channel, bootId);
    node.channels.set(channel, number);
    return true;
  }

  /** Takes what a beacon says, or a part of one. */
  announced(bootId: string, sent: Sent): void {
    const node = this.#nodeOf(bootId);
    this.#ended.delete(bootId);
    for (const one of node.add({ sent, at: this.#next(), isAnswer: false })) this.#compare(bootId, node, one);
  }

  /** Takes the answer of a node that was asked. @param sent undefined: there is none. */
  answered(bootId: string, sent: Sent | undefined, at: number): void {
    const node = this.#nodes.get(bootId);
    if (node === undefined) return;
    node.isAsked = false;
    if (sent !== undefined) node.answer({ sent, at, isAnswer: true });
  }

  /** Asks once more where there was no answer. Called once for each beacon of this node. */
  askAgain(): void {
    if (this.#subscribed.has(this.#controlChannel)) this.#beacons += 1;
    for (const [bootId, node] of this.#nodes) if (!this.#ended.has(bootId)) this.#ask(bootId, node);
  }

  /** The connection was lost, and there is a new one: what was sent meanwhile has not come. */
  resumed(): void {
    for (const [bootId, node] of this.#nodes) if (!this.#ended.has(bootId)) this.#missed(bootId, node);
  }

  /** Nodes that are not known have ended: only late messages of them have come. */
  leftAllBut(isKnown: (bootId: string) => boolean): void {
    for (const bootId of this.#nodes.keys()) if (!(this.#ended.has(bootId) || isKnown(bootId))) this.left(bootId);
  }

  /** A node has ended: what it has announced is all. */
  left(bootId: string): void {
    const node = this.#nodes.get(bootId);
    if (node === undefined) return;
    for (const one of node.takeAll()) this.#compare(bootId, node, one);
    node.shrink();
    this.#ended.delete(bootId);
    this.#ended.add(bootId);
    if (this.#ended.size <= KEPT_NODES) return;
    for (const first of this.#ended) {
      this.#ended.delete(first);
      this.#nodes.delete(first);
      return;
    }
  }

  #compare(bootId: string, node: HeardNode, { sent, at, isAnswer }: Announced): void {
    const named = new Set<string>();
    for (const [channel, number] of sent.channels) {
      named.add(channel);
      const subscribedAt = this.#subscribed.get(channel);
      if (channel === this.#controlChannel || subscribedAt === undefined) continue;
      if (number <= node.lastOn(channel, number, subscribedAt)) continue;
      this.#listener.gap(channel, bootId);
      node.settle(channel, number);
    }
    if (sent.unknownUpTo > Math.max(0, node.latest) && (node.hasBeacon || isAnswer)) {
      this.#unknown(bootId, node, sent.unknownUpTo, named);
    }
    node.compared(sent.latest, at, isAnswer);
  }

  /** The node does not know any more on which channels it has sent up to a number: all may have a gap. */
  #unknown(bootId: string, node: HeardNode, upTo: number, named: ReadonlySet<string>): void {
    for (const [channel, subscribedAt] of this.#subscribed) {
      if (channel === this.#controlChannel) continue;
      const last = node.channels.get(channel) ?? node.highestBefore(subscribedAt);
      const hasBegun = node.begun.delete(channel);
      if (last >= upTo && !hasBegun) continue;
      if (hasBegun || !named.has(channel)) this.#listener.gap(channel, bootId);
      node.settle(channel, upTo);
    }
  }

  /** Whether beacons are missing before one. The sender may have forgotten that there were any. */
  #hasMissed(node: HeardNode, last: number | undefined, previous: number): boolean {
    if (last === undefined) return previous > 0 && (node.hasBeacon || this.#beacons > BEACONS_TO_HEAR_ALL);
    return previous > last || previous === 0;
  }

  #missed(bootId: string, node: HeardNode): void {
    node.missedAt = this.#next();
    this.#ask(bootId, node);
  }

  #ask(bootId: string, node: HeardNode): void {
    if (!node.hasToBeAsked) return;
    node.isAsked = true;
    this.#listener.missed(bootId, Math.max(0, node.latest), this.#next());
  }

  #nodeOf(bootId: string): HeardNode {
    let node = this.#nodes.get(bootId);
    if (node === undefined) {
      node = new HeardNode();
      this.#nodes.set(bootId, node);
    }
    return node;
  }

  #next(): number {
    this.#moment += 1;
    return this.#moment;
  }
}
