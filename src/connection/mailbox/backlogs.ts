import type { Log } from '../../log.ts';
import { type CloseReason, closeReason } from '../../protocol/close.ts';

/** Weight (`weightOf`, in bytes) of messages that may wait for one connection; at that it is read no further. */
export const BACKLOG_BYTES = 1_048_576;
/** Default of `maximumWaitingBytes`, the limit for all connections together. */
export const MAXIMUM_WAITING_BYTES = 67_108_864;

/** Callbacks of a Backlog to its connection. */
export interface BacklogOwner {
  readonly connectionId: string;
  /** Ends the connection and drops its backlog: the server holds too much, and this connection most of it. */
  overflowed(reason: CloseReason): void;
}

/** Backlog of one client: the weight of messages that wait, and bytes that have not been parsed. */
export class Backlog {
  owner: BacklogOwner;
  readonly #all: Backlogs;
  #weight = 0;
  #unread = 0;
  #held = 0;
  #isOver = false;

  constructor(owner: BacklogOwner, all: Backlogs) {
    this.owner = owner;
    this.#all = all;
  }

  /** Weight of the messages that wait, in the queue or in an upload. */
  get weight(): number {
    return this.#weight;
  }
  get unread(): number {
    return this.#unread;
  }
  set unread(bytes: number) {
    if (bytes === this.#unread || this.#isOver) return;
    const more = bytes - this.#unread;
    this.#unread = bytes;
    this.#all.changed(this, more);
  }
  /** All memory that it takes, in bytes. */
  get bytes(): number {
    return this.#weight + this.#unread + this.#held;
  }
  /** Whether the connection has used up its weight, and nothing more may wait. */
  get isFull(): boolean {
    return this.#weight >= BACKLOG_BYTES;
  }

  /** Sets the bytes that the transport keeps of an incomplete message. May end this connection or others. */
  hold(bytes: number): void {
    if (this.#isOver) return;
    const more = bytes - this.#held;
    this.#held = bytes;
    this.#all.changed(this, more);
    this.enforce();
  }

  add(weight: number): void {
    if (this.#isOver) return;
    this.#weight += weight;
    this.#all.changed(this, weight);
  }

  remove(weight: number): void {
    if (weight > 0) this.add(-weight);
  }

  /** Ends the connection: its backlog counts no more. */
  overflow(reason: CloseReason): void {
    const { bytes } = this;
    this.#isOver = true;
    this.#weight = this.#unread = this.#held = 0;
    this.#all.changed(this, -bytes);
    this.owner.overflowed(reason);
  }

  /** Enforces the server's limit. May end this connection or others: call it only where that is safe. */
  enforce(): void {
    this.#all.enforce();
  }
}

/**
 * The backlogs of all connections of a server, and the limit on all of them together. Past it the connection that holds
 * most ends, so that a client that floods the server ends first, and not its neighbours.
 */
export class Backlogs {
  readonly #limit: number;
  readonly #log: Log;
  /** Backlogs that hold anything. */
  readonly #holders = new Set<Backlog>();
  #bytes = 0;

  /** @param limit In bytes: the option `maximumWaitingBytes`. */
  constructor(limit: number, log: Log) {
    this.#limit = limit;
    this.#log = log;
  }

  /** Bytes that all of them hold. */
  get bytes(): number {
    return this.#bytes;
  }
  /** Number of backlogs that hold anything. */
  get size(): number {
    return this.#holders.size;
  }

  open(owner: BacklogOwner): Backlog {
    return new Backlog(owner, this);
  }

  /** Counts a change of a backlog, in bytes. */
  changed(backlog: Backlog, by: number): void {
    this.#bytes += by;
    if (backlog.bytes > 0) this.#holders.add(backlog);
    else this.#holders.delete(backlog);
  }

  enforce(): void {
    for (;;) {
      const greediest = this.#bytes > this.#limit ? this.#greediest() : undefined;
      if (greediest === undefined) return;
      const { connectionId } = greediest.owner;
      const figures = { connectionId, bytes: greediest.bytes, waiting: this.#bytes, maximumWaitingBytes: this.#limit };
      this.#log.warn(figures, 'more waits than maximumWaitingBytes: the connection that held most of it ends');
      const text = `More waits than ${this.#limit} bytes (maximumWaitingBytes), and this connection held most of it.`;
      greediest.overflow(closeReason('overflow', { error: new Error(text) }));
    }
  }

  /** Looks at each backlog, but only when a connection has to end. */
  #greediest(): Backlog | undefined {
    let most: Backlog | undefined;
    for (const backlog of this.#holders) if (most === undefined || backlog.bytes > most.bytes) most = backlog;
    return most;
  }
}
