import { loggable } from '../errors.ts';
import { tagOfBoot, tagOfConnection } from '../ids.ts';
import type { SharedTokens } from '../limits/limits.ts';
import type { TakenTokens, TokenRate } from './backplane.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { CacheShelf } from './history/entry-cache.ts';
import { FollowedLogs } from './history/followed-logs.ts';
import type { Address, Channels } from './hub-addresses.ts';
import { type ClusterMember, ItemDispatch } from './item-dispatch.ts';
import type { OtherNode } from './link/directory.ts';
import { Link } from './link/link.ts';
import type { LinkState } from './link/link-actor.ts';
import { LinkWatchers } from './link/link-watchers.ts';
import type { Waiting } from './link/publisher.ts';
import { startLink } from './link/start-link.ts';
import type { NodeLink } from './node-link.ts';
import { Answers } from './requests/answers.ts';
import { type Question, type Replies, Requests, type WrittenQuestion } from './requests/requests.ts';
import { CONTROL, inboxChannel } from './wire/channels.ts';
import { countOf } from './wire/fields.ts';
import { readSent, writeSent } from './wire/items.ts';
import { writeQuestion } from './wire/questions.ts';

const NOBODY: Replies = { replies: [], missing: [], ended: [] };

/** This server among the others: what it sends to them, asks them, and hears of them, for all of its hubs. */
export class Cluster implements NodeLink, Channels, SharedTokens {
  readonly answers: Answers;
  /** The logs of groups that keep their messages, and what this node keeps of them. */
  readonly logs: FollowedLogs;
  readonly shelf = new CacheShelf();
  /** Number of times that messages of such a group were lost, and could not be read. */
  unrepaired = 0;
  readonly watchers = new LinkWatchers();
  readonly #parts: ClusterParts;
  readonly #link: Link;
  readonly #requests: Requests;
  readonly #dispatch: ItemDispatch;
  #started: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: ClusterParts) {
    const { alarms, leaseMs, log } = parts;
    this.#parts = parts;
    this.answers = new Answers((error, question) =>
      log.warn({ error: loggable(error), question }, 'a question of another node could not be answered'),
    );
    this.#link = new Link(parts, {
      take: (...item) => this.#dispatch.take(...item),
      gap: (channel, bootId) => this.#dispatch.gap(channel, bootId),
      missed: (...missed) => {
        void this.#askWhatWasSent(...missed);
        this.logs.check();
      },
      greet: () => this.askAll({ name: 'greet', hub: null, args: [] }),
      linked: () => {
        log.info({ nodeId: parts.nodeId }, 'linked to the backplane');
        parts.listener.changed();
        this.watchers.linked();
      },
      appended: (...entry) => this.logs.appended(...entry),
      removed: (...removed) => this.logs.removed(...removed),
      beat: () => {
        this.logs.beat();
        parts.listener.beat();
      },
      unlinked: () => {
        this.#requests.giveUp();
        this.watchers.unlinked();
      },
      alive: () => {
        for (const { invocations } of this.#dispatch.hubs.values()) invocations.check();
        this.watchers.renewed();
      },
      left: (node) => this.#left(node),
      revived: () => {
        log.warn({}, 'the lease of this node had run out: the others have taken it for dead meanwhile');
        parts.listener.revived();
        this.watchers.revived();
      },
    });
    this.#requests = new Requests({
      alarms,
      deadlineMs: leaseMs / 2,
      canAsk: () => this.isOpen,
      post: (node, id, question) => this.#post(inboxChannel(node), id, question),
      postToAll: (id, question) => this.#post(CONTROL, id, question),
    });
    this.logs = new FollowedLogs({
      ...{ store: parts.backplane.logs, followed: this.#link.followed, sentLogs: this.#link.sentLogs },
      isLinked: () => this.isLinked,
      flush: () => this.#link.publisher.flush(),
      log,
    });
    this.watchers.add(this.logs);
    this.#dispatch = new ItemDispatch(this.#link, this.#requests, this.answers, this.logs, log);
    this.answers.on('greet', null, () => null);
    this.answers.on('sent', null, ([since]) => writeSent(this.#link.sent.since(countOf(since) ?? 0)));
  }

  get isLinked(): boolean {
    return this.#link.isLinked;
  }
  get isOpen(): boolean {
    return this.#link.publisher.isOpen;
  }
  get state(): LinkState {
    return this.#link.state;
  }
  /** Number of times that messages of another node were missing. */
  get gaps(): number {
    return this.#dispatch.gaps;
  }
  get link(): Link {
    return this.#link;
  }
  /** Number of questions to other nodes that wait for answers. */
  get questions(): number {
    return this.#requests.size;
  }
  /** Number of invocations between this node and others that have not ended. */
  get invocations(): number {
    let count = 0;
    for (const { invocations } of this.#dispatch.hubs.values()) count += invocations.size;
    return count;
  }

  /** Adds a hub of this node. @param hub Its key, the same on all nodes. */
  join(hub: string, member: ClusterMember): void {
    this.#dispatch.hubs.set(hub, member);
  }

  /**
   * Resolves when this node is linked, or when that takes too long: it goes on.
   *
   * @throws {BackplaneError} for a mistake in the setup, and when it is closed before.
   */
  start(): Promise<void> {
    this.#started ??= startLink(this.#link, this.#parts, () => this.#isClosed);
    return this.#started;
  }

  /** Tells the other nodes that this one ends. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#requests.giveUp();
    for (const { invocations } of this.#dispatch.hubs.values()) invocations.close();
    if (this.#started !== undefined) await this.#link.close();
  }

  /**
   * Whether a node is alive, by its lease at this moment. As long as this node is not linked nobody knows, and all count
   * as alive.
   *
   * @throws {BackplaneError} when the leases cannot be read.
   */
  async isAlive(nodeId: string): Promise<boolean> {
    if (nodeId === this.#parts.nodeId || !this.isLinked) return true;
    await this.#link.lease.refresh();
    return this.#link.directory.hasNode(nodeId);
  }

  /** As `Backplane.takeTurn`. */
  takeTurn(name: string, ms: number): Promise<boolean> {
    return this.#parts.backplane.takeTurn(name, ms);
  }

  publish(channel: string, item: readonly unknown[], bytes: number, owner: Waiting): boolean {
    const reason = this.#link.publisher.add(channel, item, bytes, owner);
    if (reason !== undefined) this.#parts.log.warn({ reason }, 'a message was not shared with the other nodes');
    return reason === undefined;
  }

  ask(node: OtherNode, question: Question): Promise<Replies> {
    return this.#requests.ask([node], question);
  }

  askAll(question: Question): Promise<Replies> {
    return this.#requests.ask([...this.#link.directory.others()], question, true);
  }

  ownerOf(connectionId: string): OtherNode | undefined {
    if (!connectionId.isWellFormed()) return undefined;
    const tag = tagOfConnection(connectionId);
    for (const node of this.#link.directory.others()) if (tagOfBoot(node.bootId) === tag) return node;
    return undefined;
  }

  whenHeard(channel: string): Promise<void> | undefined {
    return this.isLinked ? this.#link.subscriptions.whenConfirmed(channel) : undefined;
  }

  /** Takes tokens of a bucket that all nodes share. */
  async take(bucket: string, rate: TokenRate, count: number): Promise<TakenTokens | undefined> {
    if (!this.isLinked) return undefined;
    try {
      return await this.#parts.backplane.takeTokens(bucket, rate, count);
    } catch {
      // The link notices by itself.
      return undefined;
    }
  }

  failed(error: unknown): void {
    this.#parts.log.error({ error: loggable(error) }, 'a message could not be written for the other nodes');
  }

  add(channel: string, address: Address): void {
    this.#dispatch.addresses.set(channel, address);
    this.#link.subscriptions.want(channel);
  }

  remove(channel: string): void {
    this.#dispatch.addresses.delete(channel);
    this.#link.subscriptions.unwant(channel);
  }

  #post(channel: string, id: number, { name, hub, args }: WrittenQuestion): void {
    const { nodeId } = this.#parts;
    this.#link.publisher.add(channel, writeQuestion({ id, nodeId, name, hub }, args), args.length);
  }

  async #askWhatWasSent(bootId: string, since: number, at: number): Promise<void> {
    const node = this.#link.directory.get(bootId);
    const { replies } = node === undefined ? NOBODY : await this.ask(node, { name: 'sent', hub: null, args: [since] });
    const [value] = replies.map((reply) => reply.value);
    this.#link.heard.answered(bootId, Array.isArray(value) ? readSent(value) : undefined, at);
  }

  #left(node: OtherNode): void {
    this.#requests.left(node);
    for (const { invocations } of this.#dispatch.hubs.values()) invocations.left(node);
    // It may have added something of which it has told nobody.
    this.logs.check();
    this.#parts.log.info({ node: node.nodeId }, 'another node has left');
    this.#parts.listener.changed();
  }
}
