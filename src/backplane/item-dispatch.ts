import type { Log } from '../log.ts';
import type { FollowedLogs } from './history/followed-logs.ts';
import type { Address } from './hub-addresses.ts';
import type { OtherNode } from './link/directory.ts';
import type { Taken } from './link/incoming.ts';
import type { Link } from './link/link.ts';
import type { ReceivedMessages } from './received-messages.ts';
import type { RemoteInvocations } from './remote-invocations.ts';
import type { Answers } from './requests/answers.ts';
import type { Requests } from './requests/requests.ts';
import { inboxChannel } from './wire/channels.ts';
import { textOf } from './wire/fields.ts';
import { ItemKind, readBeacon } from './wire/items.ts';
import { readAnswer, readQuestion, writeAnswer } from './wire/questions.ts';

/** A hub of this node, as other nodes reach it. */
export interface ClusterMember {
  readonly received: ReceivedMessages;
  readonly invocations: RemoteInvocations;
  /** Messages of a group were lost between nodes. */
  gap(group: string): void;
}

/** Gives each item of another node to the part that it is for. */
export class ItemDispatch {
  /** By their keys. */
  readonly hubs = new Map<string, ClusterMember>();
  /** By channel. */
  readonly addresses = new Map<string, Address>();
  readonly #link: Link;
  readonly #requests: Requests;
  readonly #answers: Answers;
  readonly #logs: FollowedLogs;
  readonly #log: Log;
  #gaps = 0;

  constructor(link: Link, requests: Requests, answers: Answers, logs: FollowedLogs, log: Log) {
    this.#link = link;
    this.#requests = requests;
    this.#answers = answers;
    this.#logs = logs;
    this.#log = log;
  }

  /** Number of times that messages of another node were missing. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Takes an item of another node. */
  take(channel: string, item: readonly unknown[], bootId: string): Taken {
    switch (item[0]) {
      case ItemKind.Message:
        return this.#takeMessage(channel, item);
      case ItemKind.ToConnections:
        return this.hubs.get(textOf(item[5]) ?? '')?.received.toConnections(item) ?? 'unknown';
      case ItemKind.Invocation: {
        const from = this.#link.directory.get(bootId);
        const hub = this.hubs.get(textOf(item[1]) ?? '');
        return from === undefined || hub === undefined ? 'unknown' : hub.received.invocation(item, from);
      }
      case ItemKind.Beacon:
        return this.#takeBeacon(item, bootId);
      case ItemKind.Request:
        return this.#takeQuestion(item, bootId);
      case ItemKind.Answer:
        return this.#takeAnswer(item, bootId);
      case ItemKind.Bye:
        this.#link.directory.leave(bootId);
        return 'taken';
      default:
        return 'unknown';
    }
  }

  #takeMessage(channel: string, item: readonly unknown[]): Taken {
    const address = this.addresses.get(channel);
    // The last receiver has gone, and the subscription not yet.
    if (address === undefined) return 'taken';
    return (this.hubs.get(address.hub) as ClusterMember).received.message(address, item);
  }

  #takeBeacon(item: readonly unknown[], bootId: string): Taken {
    const beacon = readBeacon(item);
    if (beacon === undefined) return 'malformed';
    this.#meet({ nodeId: beacon.nodeId, bootId });
    this.#link.heard.announced(bootId, beacon.sent);
    this.#logs.announced(beacon.logs);
    return 'taken';
  }

  #takeQuestion(item: readonly unknown[], bootId: string): Taken {
    const question = readQuestion(item);
    if (question === undefined) return 'malformed';
    const { id, nodeId } = question;
    this.#meet({ nodeId, bootId });
    this.#answers.asked(question, { bootId, id }, (status, value) => {
      this.#link.publisher.add(inboxChannel({ nodeId, bootId }), writeAnswer(id, status, value), value.length);
    });
    return 'taken';
  }

  #takeAnswer(item: readonly unknown[], bootId: string): Taken {
    const answer = readAnswer(item);
    if (answer === undefined) return 'malformed';
    this.#requests.answered(bootId, answer.id, answer.status, answer.value);
    return 'taken';
  }

  /** A node was heard. Whether it is alive is what its lease says. */
  #meet(node: OtherNode): void {
    if (this.#link.directory.get(node.bootId) !== undefined) return;
    this.#link.directory.meet(node);
    this.#link.lease.renewNow();
  }

  /** Messages of another node on a channel are missing. */
  gap(channel: string, bootId: string): void {
    this.#gaps += 1;
    const node = this.#link.directory.get(bootId)?.nodeId ?? bootId;
    this.#log.warn({ node, channel }, 'messages of another node were lost');
    const address = this.addresses.get(channel);
    if (address?.group !== undefined) this.hubs.get(address.hub)?.gap(address.group);
  }
}
