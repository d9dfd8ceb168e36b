import type { Log } from '../../log.ts';
import { type CloseReason, closeReason } from '../../protocol/close.ts';

/** The weight (`weightOf`, in bytes) that may wait for one connection; at that its client is read no further. */
export const BACKLOG_BYTES = 1_048_576;
/** Default of `maximumWaitingBytes`, the limit for all connections together. */
export const MAXIMUM_WAITING_BYTES = 67_108_864;

/** The connection whose client has sent what waits. */
export interface BacklogOwner {
  readonly connectionId: string;
  /** The server holds too much, and this one most of it: it ends, and nothing of its backlog is kept. */
  overflowed(reason: CloseReason): void;
}

/** The backlog of one client: messages that nobody has taken yet, by weight, and bytes that have not been read. */
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

  /** How much the messages weigh that wait, in line or in an upload. */
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
  /** All that it takes of the server's memory. */
  get bytes(): number {
    return this.#weight + this.#unread + this.#held;
  }
  /** Whether its client is read on only as far as nothing more has to wait. */
  get isFull(): boolean {
    return this.#weight >= BACKLOG_BYTES;
  }

  /** The transport keeps so many bytes of a message without an end. May end this connection or others. */
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

  /** It is let go of, and counts no more. */
  overflow(reason: CloseReason): void {
    const { bytes } = this;
    this.#isOver = true;
    this.#weight = this.#unread = this.#held = 0;
    this.#all.changed(this, -bytes);
    this.owner.overflowed(reason);
  }

  /** Keeps the server's bound. May end this connection or others, so it is called where that can be borne. */
  enforce(): void {
    this.#all.enforce();
  }
}

/**
 * The backlogs of all connections of a server and the bound on all of them together. Past it the connection that holds most
 * ends, so that whoever floods the server pays first, and not those who wait beside it.
 */
export class Backlogs {
  readonly #limit: number;
  readonly #log: Log;
  /** The backlogs that hold anything. */
  readonly #holders = new Set<Backlog>();
  #bytes = 0;

  /** @param limit In bytes: the option `maximumWaitingBytes`. */
  constructor(limit: number, log: Log) {
    this.#limit = limit;
    this.#log = log;
  }

  /** How much all of them hold. */
  get bytes(): number {
    return this.#bytes;
  }
  /** How many hold anything. */
  get size(): number {
    return this.#holders.size;
  }

  open(owner: BacklogOwner): Backlog {
    return new Backlog(owner, this);
  }

  /** A backlog has grown by so many bytes, or shrunk. */
  changed(backlog: Backlog, by: number): void {
    this.#bytes += by;
    if (backlog.bytes > 0) this.#holders.add(backlog);
    else this.#holders.delete(backlog);
  }

  enforce(): void {
    while (this.#bytes > this.#limit) {
      const greediest = this.#greediest();
      const { connectionId } = greediest.owner;
      const figures = { connectionId, bytes: greediest.bytes, waiting: this.#bytes, maximumWaitingBytes: this.#limit };
      this.#log.warn(figures, 'more waits than maximumWaitingBytes: the connection that held most of it ends');
      const text = `More waits than ${this.#limit} bytes (maximumWaitingBytes), and this connection held most of it.`;
      greediest.overflow(closeReason('overflow', { error: new Error(text) }));
    }
  }

  /** One look at each, but only when somebody has to end. */
  #greediest(): Backlog {
    let most: Backlog | undefined;
    for (const backlog of this.#holders) if (most === undefined || backlog.bytes > most.bytes) most = backlog;
    return most as Backlog;
  }
}
