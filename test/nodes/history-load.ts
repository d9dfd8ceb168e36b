// Three nodes in processes of their own, and clients that read and send in a group with history, while nodes come and go.
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFailed, onTestFinished } from 'vitest';
import type { Position } from '../../src/index.ts';
import { eventually } from '../support/inbox.ts';
import type { RedisServer } from '../support/redis.ts';
import { HistoryClient } from './history-client.ts';
import { NodeProcess, ownRedis } from './node-process.ts';

const GROUP = 'room:load';
const NODES = 3;
const CLIENTS = 200;
/** Clients that send, too. Every other one gives its messages an id, and sends again what was not acknowledged. */
const SENDERS = 10;
const MESSAGES_PER_SECOND = 50;
const BETWEEN_MS = (1_000 / MESSAGES_PER_SECOND) * SENDERS;

export interface LoadFigures {
  readonly messages: number;
  /** Messages without an id of which their senders do not know whether they were added, and those of them that were. */
  readonly unacknowledged: number;
  readonly added: number;
  readonly retried: number;
  readonly visits: number;
  readonly recovered: number;
}

export class HistoryLoad {
  readonly #redis: RedisServer;
  readonly #leaseMs: number;
  readonly #nodes: NodeProcess[] = [];
  readonly #clients: readonly HistoryClient[];
  /** All nodes there have been. */
  readonly #all: NodeProcess[] = [];
  readonly #acknowledged = new Map<string, Position>();
  /** Texts without an id of which it is not known whether they were sent. */
  readonly #unacknowledged: string[] = [];
  readonly #sent = new Set<string>();
  #starts = 0;
  #bursts = 0;
  #retried = 0;
  #isOver = false;
  #running: Promise<unknown> = Promise.resolve();
  #sending: Promise<unknown> = Promise.resolve();

  private constructor(redis: RedisServer, leaseMs: number) {
    this.#redis = redis;
    this.#leaseMs = leaseMs;
    const ports = () => this.#nodes.map(({ port }) => port);
    this.#clients = Array.from({ length: CLIENTS }, () => new HistoryClient(GROUP, ports));
    onTestFinished(async () => {
      this.#isOver = true;
      for (const client of this.#clients) client.end();
      await this.#running;
    });
    onTestFailed(() =>
      console.error(this.figures, [...new Set(this.#clients.flatMap(({ faults }) => faults))].slice(0, 20)),
    );
  }

  /** Starts the nodes, the clients, and the traffic. */
  static async start(leaseMs: number): Promise<HistoryLoad> {
    const load = new HistoryLoad(await ownRedis(), leaseMs);
    load.#nodes.push(...(await Promise.all(Array.from({ length: NODES }, () => load.#start()))));
    await load.linked();
    load.#running = Promise.all(
      load.#clients.map((client, at) => client.run((load.#nodes[at % NODES] as NodeProcess).port)),
    );
    await Promise.all(load.#clients.map(({ ready }) => ready));
    load.#sending = Promise.all(load.#clients.slice(0, SENDERS).map((client, at) => load.#send(client, at)));
    return load;
  }

  get figures(): LoadFigures {
    const sum = (of: (client: HistoryClient) => number) => this.#clients.reduce((total, one) => total + of(one), 0);
    return {
      messages: this.#clients[0]?.texts.length ?? 0,
      unacknowledged: this.#unacknowledged.length,
      added: this.#unacknowledged.filter((text) => this.#clients[0]?.texts.includes(text)).length,
      retried: this.#retried,
      visits: sum(({ visits }) => visits),
      recovered: sum(({ recovered }) => recovered),
    };
  }

  /** Ends one of the nodes, and starts another one in its place. */
  async replace(at: number, how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const node = this.#nodes[at] as NodeProcess;
    if (how === 'SIGTERM') expect(await node.terminate()).toBe(0);
    else await node.kill();
    this.#nodes[at] = await this.#start();
    await this.linked();
  }

  /** Resolves when all nodes are linked. */
  async linked(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.ask('linkedWith', NODES - 1)));
  }

  /** Resolves when all clients have read so many further messages. */
  async flow(messages: number): Promise<void> {
    const goal = this.figures.messages + messages;
    await eventually(() => this.#clients.every(({ texts }) => texts.length >= goal));
  }

  /** All clients send messages at once. Resolves when some were acknowledged: most are on their way. */
  async burst(messages: number): Promise<void> {
    this.#bursts += 1;
    const goal = this.#acknowledged.size + CLIENTS / 4;
    const sending = this.#clients.flatMap((client, at) =>
      Array.from({ length: messages }, (_, n) =>
        this.#sendOne(client, `burst ${this.#bursts}:${at}:${n}`, n % 2 === 0),
      ),
    );
    this.#sending = Promise.all([this.#sending, ...sending]);
    await eventually(() => this.#acknowledged.size >= goal);
  }

  /** Ends the traffic, and checks what everybody has read. */
  async finish(): Promise<LoadFigures> {
    this.#isOver = true;
    await this.#sending;
    const [sender] = this.#clients as [HistoryClient];
    await this.#sendOne(sender, 'the last one', true);
    const { offset: count, epoch } = this.#acknowledged.get('the last one') as Position;
    await eventually(() => this.#clients.every(({ texts }) => texts.length === count) || this.#faults.length > 0);
    expect(this.#faults).toEqual([]);
    const [{ texts }] = this.#clients as [HistoryClient];
    for (const client of this.#clients) expect(client.texts.join()).toBe(texts.join());
    expect(new Set(texts).size, 'texts that were read twice').toBe(texts.length);
    const numbers = new Map(texts.map((text, at) => [text, at + 1]));
    const wrong = [...this.#acknowledged].filter(
      ([text, position]) => position.epoch !== epoch || numbers.get(text) !== position.offset,
    );
    expect(wrong, 'acknowledged messages that do not stand there').toEqual([]);
    const known = this.#acknowledged.size + this.#unacknowledged.length;
    expect(known, 'messages of which nothing is known').toBe(this.#sent.size);
    expect(texts.filter((text) => !this.#sent.has(text))).toEqual([]);
    for (const { gaps, lines } of this.#all) {
      expect(gaps.all.filter((group) => group === GROUP)).toEqual([]);
      expect(lines.all.filter(({ level }) => level === 'error')).toEqual([]);
    }
    return this.figures;
  }

  get #faults(): readonly string[] {
    return [...new Set(this.#clients.flatMap(({ faults }) => faults))];
  }

  async #start(): Promise<NodeProcess> {
    this.#starts += 1;
    const nodeId = `node-${this.#starts}`;
    const node = await NodeProcess.start({ backplane: this.#redis.url, leaseMs: this.#leaseMs, nodeId });
    this.#all.push(node);
    return node;
  }

  /** Sends in even intervals until the traffic ends. What could not be sent in time is sent as soon as it can be. */
  async #send(client: HistoryClient, at: number): Promise<void> {
    const begin = performance.now();
    for (let n = 0; !this.#isOver; n++) {
      await this.#sendOne(client, `${at}:${n}`, at % 2 === 0);
      await setTimeout(Math.max(0, begin + n * BETWEEN_MS - performance.now()));
    }
  }

  async #sendOne(client: HistoryClient, text: string, hasId: boolean): Promise<void> {
    await client.ready;
    this.#sent.add(text);
    for (;;) {
      try {
        this.#acknowledged.set(text, await client.say(text, hasId ? text : null));
        return;
      } catch {
        if (!hasId) {
          this.#unacknowledged.push(text);
          return;
        }
        this.#retried += 1;
        await client.ready;
      }
    }
  }
}
