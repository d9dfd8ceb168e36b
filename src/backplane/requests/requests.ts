import type { Alarm, Alarms } from '../../clock.ts';
import { type Deferred, defer } from '../../promises.ts';
import type { OtherNode } from '../link/directory.ts';
import { writeValue } from '../wire/values.ts';
import { Status } from './status.ts';

/** A question to other nodes: its name, the path of the hub that it is about, and what it needs. */
export interface Question {
  readonly name: string;
  readonly hub: string | null;
  readonly args: readonly unknown[];
}

/** An answer of one node. */
export interface Reply {
  readonly node: OtherNode;
  readonly status: typeof Status.Done | typeof Status.Refused;
  readonly value: unknown;
}

/** All answers to a question. */
export interface Replies {
  readonly replies: readonly Reply[];
  /** Nodes that are alive and have not answered in time, or could not. */
  readonly missing: readonly OtherNode[];
  /** Nodes that have ended before they answered. */
  readonly ended: readonly OtherNode[];
}

/** A question with what it needs, as `writeValue` makes it. */
export interface WrittenQuestion extends Omit<Question, 'args'> {
  readonly args: Uint8Array;
}

interface Asked {
  readonly question: WrittenQuestion;
  readonly waiting: Map<string, OtherNode>;
  readonly replies: Reply[];
  readonly missing: OtherNode[];
  readonly ended: OtherNode[];
  readonly done: Deferred<Replies>;
  /** Number of times that it was sent. */
  sent: number;
}

export interface RequestsParts {
  readonly alarms: Alarms;
  /** Milliseconds in which nodes have to answer. */
  readonly deadlineMs: number;
  /** Whether there is a connection. */
  canAsk(): boolean;
  /** Publishes a question in the inbox of one node. Never throws. */
  post(node: OtherNode, id: number, question: WrittenQuestion): void;
  /** Publishes a question for all nodes. Never throws. */
  postToAll(id: number, question: WrittenQuestion): void;
}

/** Questions that wait at the same time. The others keep as many answers, for questions that come again. */
const MAXIMUM_ASKED = 10_000;
/** A question is sent so often within its deadline. */
const SENDINGS = 4;

/**
 * Questions of this node to others that wait for their answers. Each ends: with the answers, with the end of the nodes
 * that were asked, or at its deadline. A question is sent again until then, with the same number, by which the other
 * node knows it.
 */
export class Requests {
  readonly #parts: RequestsParts;
  readonly #asked = new Map<number, Asked>();
  readonly #again: Alarm;
  #number = 0;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
    this.#again = parts.alarms.punctual(() => this.#sendAgain());
  }

  /** Number of questions that wait for answers. */
  get size(): number {
    return this.#asked.size;
  }

  /**
   * Never rejects.
   *
   * @param isForAll Whether these are all other nodes, so that one message reaches them.
   * @throws {SerializationError} when what it needs cannot be sent.
   */
  ask(nodes: readonly OtherNode[], { args, ...asking }: Question, isForAll = false): Promise<Replies> {
    if (nodes.length === 0) return Promise.resolve({ replies: [], missing: [], ended: [] });
    if (!this.#parts.canAsk() || this.#asked.size >= MAXIMUM_ASKED)
      return Promise.resolve({ replies: [], missing: nodes, ended: [] });
    // Only once: it is sent again as it is, by an alarm that all questions share.
    const question = { ...asking, args: writeValue(args) };
    this.#number += 1;
    const id = this.#number;
    const waiting = new Map(nodes.map((node) => [node.bootId, node]));
    const asked: Asked = { question, waiting, replies: [], missing: [], ended: [], done: defer(), sent: 1 };
    this.#asked.set(id, asked);
    if (isForAll && nodes.length > 1) this.#parts.postToAll(id, question);
    else for (const node of nodes) this.#parts.post(node, id, question);
    if (!this.#again.isSet) this.#wait();
    return asked.done.promise;
  }

  /** An answer has come. Further ones to the same question, and those of nodes that were not asked, mean nothing. */
  answered(bootId: string, id: number, status: Status, value: unknown): void {
    const asked = this.#asked.get(id);
    const node = asked?.waiting.get(bootId);
    if (asked === undefined || node === undefined) return;
    asked.waiting.delete(bootId);
    if (status === Status.Done || status === Status.Refused) asked.replies.push({ node, status, value });
    else asked.missing.push(node);
    this.#finish(id, asked);
  }

  /** A node has ended: nobody waits for it. */
  left({ bootId }: OtherNode): void {
    for (const [id, asked] of this.#asked) {
      const node = asked.waiting.get(bootId);
      if (node === undefined) continue;
      asked.waiting.delete(bootId);
      asked.ended.push(node);
      this.#finish(id, asked);
    }
  }

  /** The connection is lost: nobody answers any more. */
  giveUp(): void {
    for (const [id, asked] of this.#asked) this.#giveUp(id, asked);
    this.#again.clear();
  }

  #sendAgain(): void {
    for (const [id, asked] of this.#asked) {
      if (asked.sent === SENDINGS) {
        this.#giveUp(id, asked);
        continue;
      }
      asked.sent += 1;
      for (const node of asked.waiting.values()) this.#parts.post(node, id, asked.question);
    }
    if (this.#asked.size > 0) this.#wait();
  }

  #wait(): void {
    this.#again.set(this.#parts.deadlineMs / SENDINGS);
  }

  #giveUp(id: number, asked: Asked): void {
    asked.missing.push(...asked.waiting.values());
    asked.waiting.clear();
    this.#finish(id, asked);
  }

  #finish(id: number, { waiting, done, replies, missing, ended }: Asked): void {
    if (waiting.size > 0) return;
    this.#asked.delete(id);
    done.resolve({ replies, missing, ended });
  }
}
