// A client of a group with history, as a client library would keep positions: it comes back to any node.
import { setTimeout } from 'node:timers/promises';
import type { Position, Recovery } from '../../src/index.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { readPosition } from '../../src/protocol/position.ts';
import type { ReadRecord } from '../../src/testing/client-protocol.ts';
import { RawClient } from '../support/raw-client.ts';

/** Pause before the next try to connect. */
const PAUSE_MS = 20;

/** A connection of the client. */
interface Visit {
  readonly calls: Map<string, Deferred<ReadRecord>>;
  /** Messages that have come before the client knows what it has missed; undefined: it knows. */
  waiting: { readonly position: Position; readonly text: string }[] | undefined;
  client: RawClient | undefined;
}

/** It has to be there before the first message of the group. */
export class HistoryClient {
  readonly group: string;
  /** The message with the number 1 is the first one. */
  readonly texts: string[] = [];
  /** Whatever must not happen. */
  readonly faults: string[] = [];
  /** Number of connections on which it has learned what it has missed. */
  visits = 0;
  /** Number of messages that it has missed, and got then. */
  recovered = 0;
  readonly #ports: () => readonly number[];
  #epoch: string | undefined;
  #visit: Visit | undefined;
  #calls = 0;
  #isOver = false;
  #ready = defer();

  /** @param ports Those of all nodes, of which some may be away. */
  constructor(group: string, ports: () => readonly number[]) {
    this.group = group;
    this.#ports = ports;
  }

  /** Resolves when it knows what it has missed, on the present connection or the next one. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Connects, and does so again until `end`. @param first Port of the first connection. */
  async run(first: number): Promise<void> {
    for (let port = first; !this.#isOver; port = this.#anyPort()) {
      const visit: Visit = { calls: new Map(), waiting: [], client: undefined };
      try {
        await this.#stay(visit, port);
      } catch {
        // The node is away, drains, or has been killed: another one is tried.
      }
      if (this.#visit === visit) this.#visit = undefined;
      if (visit.waiting === undefined) this.#ready = defer();
      for (const { reject } of visit.calls.values()) reject(new Error('the connection has ended'));
      await setTimeout(PAUSE_MS);
    }
  }

  end(): void {
    this.#isOver = true;
    this.#visit?.client?.socket.destroy();
  }

  /** Sends to the group. Rejects when it is not known whether the message was sent. */
  async say(text: string, messageId: string | null): Promise<Position> {
    const visit = this.#visit;
    if (visit === undefined) throw new Error('there is no connection');
    const { result, error } = await this.#invoke(visit, 'Say', this.group, text, messageId);
    if (error !== undefined) throw new Error(error);
    return result as Position;
  }

  async #stay(visit: Visit, port: number): Promise<void> {
    const client = await RawClient.open(port, {
      path: '/history?positions=1',
      onRecord: (bytes) => this.#take(visit, JSON.parse(bytes.toString())),
    });
    visit.client = client;
    this.#visit = visit;
    const recovering = this.#invoke(visit, 'Recover', this.group, this.#position);
    const answer = await Promise.race([recovering, client.ended]);
    if ('result' in answer) this.#recovered(visit, answer.result as Recovery);
    else if ('error' in answer) client.socket.destroy();
    await client.ended;
  }

  get #position(): Position | null {
    return this.#epoch === undefined ? null : { epoch: this.#epoch, offset: this.texts.length };
  }

  #recovered(visit: Visit, recovery: Recovery): void {
    if (!recovery.recovered && recovery.reason === 'outage') {
      visit.client?.socket.destroy();
      return;
    }
    const { position, messages } = recovery;
    if (this.#epoch === undefined) this.#epoch = position?.epoch;
    else if (!recovery.recovered) this.faults.push(`not recovered: ${recovery.reason}`);
    for (const { position, args } of messages) this.#read(position, String(args[0]));
    this.recovered += messages.length;
    const waiting = visit.waiting ?? [];
    visit.waiting = undefined;
    for (const { position, text } of waiting) if (position.offset > this.texts.length) this.#read(position, text);
    this.visits += 1;
    this.#ready.resolve();
  }

  #take(visit: Visit, record: ReadRecord): void {
    if (record.type === 3) {
      visit.calls.get(record.invocationId ?? '')?.resolve(record);
      visit.calls.delete(record.invocationId ?? '');
    }
    if (record.target !== 'Heard') return;
    const position = readPosition(record.headers?.['sb-p'] ?? '');
    const text = String(record.arguments?.[0]);
    if (position === undefined) this.faults.push(`no position: ${text}`);
    else if (visit.waiting === undefined) this.#read(position, text);
    else visit.waiting.push({ position, text });
  }

  /** Each message has to be the next one. */
  #read({ epoch, offset }: Position, text: string): void {
    const { length } = this.texts;
    if (epoch !== this.#epoch) this.faults.push(`another epoch: ${text}`);
    else if (offset !== length + 1) this.faults.push(`${offset} behind ${length}: ${text}`);
    else this.texts.push(text);
  }

  #invoke({ client, calls }: Visit, target: string, ...args: readonly unknown[]): Promise<ReadRecord> {
    this.#calls += 1;
    const invocationId = `${this.#calls}`;
    const answer = defer<ReadRecord>();
    calls.set(invocationId, answer);
    // Nobody may wait for it any more when the connection ends.
    answer.promise.catch(() => {});
    client?.send({ type: 1, invocationId, target, arguments: args });
    return answer.promise;
  }

  #anyPort(): number {
    const ports = this.#ports();
    return ports[Math.floor(Math.random() * ports.length)] as number;
  }
}
