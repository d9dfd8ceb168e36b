import type { Alarm } from '../../clock.ts';
import { type Deferred, defer } from '../../promises.ts';
import { within } from '../../within.ts';
import type { BackplaneError } from '../backplane.ts';
import { CONTROL, inboxChannel } from '../wire/channels.ts';
import { Envelopes } from '../wire/envelope.ts';
import { ItemKind } from '../wire/items.ts';
import { Beacons } from './beacons.ts';
import { Directory, type OtherNode } from './directory.ts';
import { HeardChannels } from './heard-channels.ts';
import { Incoming } from './incoming.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { LinkActor, LinkState } from './link-actor.ts';
import type { LinkListener, LinkParts } from './link-parts.ts';
import { Publisher } from './publisher.ts';
import { SentChannels } from './sent-channels.ts';
import { SentLogs } from './sent-logs.ts';
import { channelsOf, logsOf } from './subscribed.ts';
import { Subscriptions } from './subscriptions.ts';
import { Troubles } from './troubles.ts';

/** Beacons within the duration of a lease. */
const BEACONS = 10;
const FAREWELL_MS = 2_000;

/** The link of this node to its backplane: connection, lease, subscriptions, beacons, and what is missing. */
export class Link {
  readonly directory: Directory;
  readonly publisher: Publisher;
  readonly subscriptions: Subscriptions;
  /** Logs that this node follows. */
  readonly followed: Subscriptions;
  readonly heard: HeardChannels;
  readonly incoming: Incoming;
  readonly lease: LeaseKeeper;
  readonly sent = new SentChannels();
  readonly sentLogs = new SentLogs();
  readonly envelopes: Envelopes;
  /** The channel of questions and messages to this node alone. */
  readonly inbox: string;
  readonly #parts: LinkParts;
  readonly #listener: LinkListener;
  readonly #actor: LinkActor;
  readonly #beacons: Beacons;
  readonly #nextBeacon: Alarm;
  readonly #first: Deferred<void> = defer();
  readonly #released: Deferred<void> = defer();
  readonly #troubles: Troubles;
  /** Moment from which on each node that is alive has renewed its lease since the backplane was away. */
  #areLeasesAllAt = 0;
  #wasLinked = false;
  #connections = 0;

  constructor(parts: LinkParts, listener: LinkListener) {
    const { alarms, backplane, bootId, leaseMs, nextTurn, nodeId, secret } = parts;
    this.#parts = parts;
    this.#listener = listener;
    this.#troubles = new Troubles(parts.log);
    this.inbox = inboxChannel(parts);
    this.envelopes = new Envelopes(bootId, secret);
    this.directory = new Directory(bootId, { left: (node) => this.#left(node) });
    this.heard = new HeardChannels(CONTROL, listener);
    this.incoming = new Incoming(this.envelopes, this.heard, listener.take, (fault, channel) =>
      parts.log.warn({ fault, channel }, 'something on the backplane cannot be read, and is left out'),
    );
    const failed = (error: unknown): void => this.#failed(error);
    this.publisher = new Publisher({
      envelopes: this.envelopes,
      sent: this.sent,
      nextTurn,
      publish: (messages) => backplane.publish(messages),
      failed,
    });
    const subscriptions = {
      nextTurn,
      failed: (error: unknown) => {
        failed(error);
        this.#actor.syncFailed();
      },
    };
    this.subscriptions = new Subscriptions({ ...subscriptions, ...channelsOf(backplane, this.heard) });
    this.followed = new Subscriptions({ ...subscriptions, ...logsOf(backplane) });
    this.lease = new LeaseKeeper(backplane, { nodeId, bootId, ms: leaseMs }, alarms, {
      alive: (leases) => {
        this.directory.learn(leases, alarms.realNow() >= this.#areLeasesAllAt);
        this.heard.leftAllBut((id) => this.directory.get(id) !== undefined);
        listener.alive();
      },
      revived: () => listener.revived(),
      refused: (error) => {
        this.#failed(error);
        this.#actor.syncFailed();
      },
      failed,
    });
    const { publisher, sent, sentLogs } = this;
    this.#beacons = new Beacons({ nodeId, everyMs: leaseMs / BEACONS, alarms, publisher, sent, sentLogs });
    this.#nextBeacon = alarms.punctual(() => this.#tick());
    this.subscriptions.want(CONTROL);
    this.subscriptions.want(this.inbox);
    this.#actor = parts.startActor({
      synchronise: () => void this.#synchronise(),
      reconnect: () => backplane.reconnect(),
      announceLinked: () => this.#linked(),
      disconnect: () => this.#disconnect(),
      sayFarewell: () => void this.#sayFarewell(),
      release: () => {
        this.#disconnect();
        this.#released.resolve();
      },
    });
  }

  get state(): LinkState {
    return this.#actor.state;
  }
  get isLinked(): boolean {
    return this.state === 'linked';
  }
  /** Milliseconds that the latest beacon of this node has taken to come back. */
  get lagMs(): number {
    return this.#beacons.lagMs;
  }
  /** The latest trouble of a link that does not work; undefined: it works. */
  get trouble(): BackplaneError | undefined {
    return this.isLinked ? undefined : this.#troubles.latest;
  }

  /**
   * Resolves when this node is linked, or closed. Rejects when it cannot be linked, by a mistake in the setup.
   *
   * @throws {BackplaneError}
   */
  start(): Promise<void> {
    this.#parts.backplane.open({
      opened: () => this.#actor.connectionOpened(),
      lost: (error) => {
        this.#failed(error);
        this.#actor.connectionLost();
      },
      message: (channel, bytes) => this.#message(channel, bytes),
      appended: (...entry) => this.#listener.appended(...entry),
      removed: (...removed) => this.#listener.removed(...removed),
    });
    return this.#first.promise;
  }

  /** Tells the other nodes that this one ends. Resolves when everything is released. Never rejects. */
  async close(): Promise<void> {
    this.#first.resolve();
    this.#actor.closeRequested();
    await this.#released.promise;
    await this.#parts.backplane.close();
  }

  #message(channel: string, bytes: Uint8Array): void {
    if (!this.envelopes.isOwn(bytes)) this.incoming.take(channel, bytes);
    else if (channel === CONTROL && typeof this.envelopes.read(channel, bytes) !== 'string') this.#heardItself();
  }

  async #synchronise(): Promise<void> {
    const { alarms, leaseMs } = this.#parts;
    this.#connections += 1;
    const connection = this.#connections;
    // An earlier one may still wait for an answer, and must not spoil this one when it fails.
    const isNeeded = (): boolean => this.state === 'syncing' && connection === this.#connections;
    this.#beacons.stop();
    this.#areLeasesAllAt = alarms.realNow() + leaseMs;
    this.publisher.isOpen = true;
    // The transition comes first: until then the state is the one before.
    await undefined;
    try {
      await this.lease.take(isNeeded);
      if (isNeeded()) await Promise.all([this.subscriptions.open(), this.followed.open()]);
      // Nodes that are linked may send to each other at once, so they greet each other before. A dead one does not answer.
      if (isNeeded()) await within(this.#listener.greet(), leaseMs / BEACONS, alarms);
      if (!isNeeded()) return;
      this.#beacons.listen();
      this.#tick();
    } catch (error) {
      this.#failed(error);
      if (isNeeded()) this.#actor.syncFailed();
    }
  }

  #linked(): void {
    this.#troubles.passed();
    this.#first.resolve();
    if (this.#wasLinked) this.heard.resumed();
    this.#wasLinked = true;
    this.#listener.linked();
  }

  #disconnect(): void {
    this.publisher.isOpen = false;
    this.subscriptions.close();
    this.followed.close();
    this.#nextBeacon.clear();
    // Now, too: beacons may come before this node is linked again.
    if (this.#wasLinked) this.heard.resumed();
    this.#listener.unlinked();
  }

  #failed(error: unknown): void {
    if (this.#troubles.report(error)) this.#first.reject(error);
  }

  #heardItself(): void {
    if (this.#beacons.heardItself() && this.state === 'syncing') this.#actor.syncFinished();
  }

  #left(node: OtherNode): void {
    this.heard.left(node.bootId);
    this.#listener.left(node);
  }

  /** Once for each beacon. */
  #tick(): void {
    this.#nextBeacon.set(this.#parts.leaseMs / BEACONS);
    const trouble = this.#beacons.trouble ?? this.lease.trouble;
    if (trouble !== undefined) {
      this.#failed(trouble);
      this.#actor.beaconMissed();
      return;
    }
    this.heard.askAgain();
    this.subscriptions.sweep();
    this.followed.sweep();
    this.#listener.beat();
    this.#beacons.send();
    this.lease.keep();
  }

  async #sayFarewell(): Promise<void> {
    const { alarms } = this.#parts;
    this.#nextBeacon.clear();
    if (this.publisher.isOpen) {
      // The others compare what they have heard: nothing follows.
      this.#beacons.send();
      this.publisher.add(CONTROL, [ItemKind.Bye], 0);
      this.publisher.flush();
      try {
        await within(this.lease.release(), FAREWELL_MS, alarms);
      } catch {
        // The lease runs out by itself.
      }
    }
    this.#actor.farewellSent();
  }
}
