import type { Recovery } from '../../src/hub/history.ts';
import { type Position, readPosition } from '../../src/protocol/position.ts';
import type { MemoryNode } from '../support/memory-nodes.ts';
import type { Peer } from '../support/memory-server.ts';

/** What a reader has read of its group. */
export interface ReadMessage {
  readonly position: Position;
  /** undefined: it was removed. */
  readonly text: string | undefined;
}

/** A server that readers connect to. */
export type ReadersServer = Pick<MemoryNode, 'server' | 'newId' | 'hasCrashed'>;

/** A fault that a reader has noticed. */
export interface Fault<N> {
  readonly what: 'twice' | 'gap' | 'no position';
  readonly at: Position | undefined;
  readonly before: Position | undefined;
  readonly node: N;
}

const NOWHERE: Position = { epoch: 'none', offset: 0 };

/**
 * A client with positions, as a client library would keep them: it joins its group, and recovers from the position that
 * it knows. What comes before the answer waits, and what the answer has is not read twice.
 */
export class HistoryReader<N extends ReadersServer = MemoryNode> {
  readonly group: string;
  readonly faults: Fault<N>[] = [];
  /** Messages since the reader was last told that something is missing. */
  messages: ReadMessage[] = [];
  /** Number of recoveries, by their outcomes. */
  readonly outcomes: Record<string, number> = {};
  node: N;
  peer: Peer;
  position: Position | undefined;
  #calls = 0;
  #asked: string | undefined;
  /** Records of the connection that were looked at. */
  #seen = 0;
  #waiting: { readonly position: Position; readonly text: string }[] = [];

  constructor(group: string, node: N) {
    this.group = group;
    this.node = node;
    this.peer = this.#open(node);
  }

  get isConnected(): boolean {
    return !(this.peer.client.isEnded || this.node.hasCrashed);
  }
  /** Whether it knows of everything up to its position. */
  get isSteady(): boolean {
    return this.isConnected && this.#asked === undefined && this.position !== undefined;
  }

  /** Connects anew, to any node. */
  comeBack(node: N): void {
    this.read();
    if (this.isConnected) this.peer.client.cut();
    this.node = node;
    this.#seen = 0;
    this.#asked = undefined;
    this.#waiting = [];
    this.peer = this.#open(node);
  }

  say(text: string, messageId: string | null): void {
    this.#calls += 1;
    this.peer.client.invoke('Say', [this.group, text, messageId], `say ${this.#calls}`);
  }

  /** Joins, and asks for what it has missed. Called again when the answer was an outage. */
  recover(): void {
    if (!this.isConnected || this.#asked !== undefined) return;
    this.#calls += 1;
    this.#asked = `since ${this.#calls}`;
    this.peer.client.invoke('Recover', [this.group, this.position ?? NOWHERE], this.#asked);
  }

  /** Reads what has come. */
  read(): void {
    const { records } = this.peer.client;
    for (const record of records.slice(this.#seen)) {
      this.#seen += 1;
      if (record.target === 'Heard') this.#heard(String(record.arguments?.[0]), record.headers);
      else if (record.type === 3 && record.invocationId === this.#asked) this.#answered(record.result as Recovery);
    }
  }

  #open(node: N): Peer {
    const peer = node.server.open({ id: node.newId(), wantsPositions: true });
    peer.client.handshake();
    this.peer = peer;
    this.recover();
    return peer;
  }

  #heard(text: string, headers: Readonly<Record<string, string>> | undefined): void {
    const position = readPosition(headers?.['sb-p'] ?? '');
    if (position === undefined || headers?.['sb-g'] !== this.group) this.#fault('no position', undefined);
    else if (this.#asked !== undefined) this.#waiting.push({ position, text });
    else this.#take(position, text);
  }

  #answered(recovery: Recovery | undefined): void {
    const asked = this.#asked;
    this.#asked = undefined;
    const outcome = recovery === undefined ? 'error' : recovery.recovered ? 'recovered' : recovery.reason;
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    if (recovery?.recovered === true) {
      for (const { position, args, removed } of recovery.messages) {
        if (!this.#follows(position)) this.#fault('gap', position);
        this.#add(position, removed === true ? undefined : String(args[0]));
      }
    } else if (recovery?.position !== undefined && outcome !== 'outage') {
      this.messages = [];
      this.position = recovery.position;
    }
    if (outcome === 'outage' || outcome === 'error') {
      this.recover();
      // A connection that has ended gets no further answer: what it has read is no help.
      this.#asked ??= asked;
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { position, text } of waiting) {
      const { epoch, offset } = this.position as Position;
      if (position.epoch !== epoch || position.offset > offset) this.#take(position, text);
    }
  }

  #take(position: Position, text: string): void {
    const before = this.position;
    if (before?.epoch === position.epoch && position.offset <= before.offset) this.#fault('twice', position);
    else if (!this.#follows(position)) this.#fault('gap', position);
    this.#add(position, text);
  }

  #follows({ epoch, offset }: Position): boolean {
    return this.position?.epoch === epoch && offset === this.position.offset + 1;
  }

  #add(position: Position, text: string | undefined): void {
    if (!this.#follows(position)) this.messages = [];
    this.position = position;
    this.messages.push({ position, text });
  }

  #fault(what: Fault<N>['what'], at: Position | undefined): void {
    this.faults.push({ what, at, before: this.position, node: this.node });
  }
}
