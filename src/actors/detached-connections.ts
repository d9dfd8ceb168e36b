import type { Alarm, Alarms } from '../clock.ts';
import { type CloseReason, closeReason } from '../protocol/close.ts';
import type { DetachedLimits } from './detached-limits.ts';

/** How long a connection waits for its client to come back (ASP.NET Core's DisconnectTimeout). */
export const RETURN_MS = 15_000;

/** A connection without a transport. */
export interface Detached {
  readonly userId: string | undefined;
  endWith(reason: CloseReason): void;
}

interface Kept {
  readonly connection: Detached;
  readonly expiresAt: number;
  bytes: number;
}

/** Connections in the order in which they lost their transports, and what is kept for all of them. */
class Shelf {
  readonly kept = new Set<Kept>();
  bytes = 0;
}

/**
 * All connections of a server whose clients may come back: for some time, and within bounds, since clients that only ever
 * leave would otherwise fill the memory. Those who have been away for longest go first.
 */
export class DetachedConnections {
  readonly #alarms: Alarms;
  readonly #limits: DetachedLimits;
  readonly #expiry: Alarm;
  readonly #byConnection = new Map<Detached, Kept>();
  readonly #all = new Shelf();
  readonly #byUser = new Map<string, Shelf>();
  /** Whose bounds have to be looked at at the end of the turn; undefined: nobody's. */
  #due: Set<string | undefined> | undefined;

  constructor(alarms: Alarms, limits: DetachedLimits) {
    this.#alarms = alarms;
    this.#limits = limits;
    this.#expiry = alarms.alarm(() => this.#expire());
  }

  get size(): number {
    return this.#all.kept.size;
  }
  get bytes(): number {
    return this.#all.bytes;
  }
  /** How many users have one. */
  get users(): number {
    return this.#byUser.size;
  }

  add(connection: Detached, bytes: number): void {
    const kept: Kept = { connection, expiresAt: this.#alarms.now() + RETURN_MS, bytes: 0 };
    this.#byConnection.set(connection, kept);
    for (const shelf of this.#shelvesOf(connection)) shelf.kept.add(kept);
    this.weigh(connection, bytes);
    if (!this.#expiry.isSet) this.#expiry.set(RETURN_MS);
  }

  /** So much is kept for it by now. */
  weigh(connection: Detached, bytes: number): void {
    const kept = this.#byConnection.get(connection);
    if (kept === undefined) return;
    for (const shelf of this.#shelvesOf(connection)) shelf.bytes += bytes - kept.bytes;
    kept.bytes = bytes;
    this.#enforceLater(connection.userId);
  }

  /** It has a transport again, or has ended. */
  remove(connection: Detached): void {
    const kept = this.#byConnection.get(connection);
    if (kept === undefined) return;
    this.#byConnection.delete(connection);
    for (const shelf of this.#shelvesOf(connection)) {
      shelf.kept.delete(kept);
      shelf.bytes -= kept.bytes;
    }
    const { userId } = connection;
    if (userId !== undefined && this.#byUser.get(userId)?.kept.size === 0) this.#byUser.delete(userId);
    if (this.size === 0) this.#expiry.clear();
  }

  #shelvesOf({ userId }: Detached): readonly Shelf[] {
    if (userId === undefined) return [this.#all];
    let ofUser = this.#byUser.get(userId);
    if (ofUser === undefined) {
      ofUser = new Shelf();
      this.#byUser.set(userId, ofUser);
    }
    return [this.#all, ofUser];
  }

  /** Later, because the code that sends may be in the middle of a loop over many lanes. */
  #enforceLater(userId: string | undefined): void {
    if (this.#due === undefined) {
      this.#due = new Set();
      queueMicrotask(() => this.#enforce());
    }
    this.#due.add(userId);
  }

  #enforce(): void {
    const due = this.#due ?? [];
    this.#due = undefined;
    const { limitConnections, limitBytes, limitConnectionsPerUser, limitBytesPerUser } = this.#limits;
    for (const userId of due) {
      const shelf = userId === undefined ? undefined : this.#byUser.get(userId);
      if (shelf === undefined) continue;
      this.#shrink(shelf, limitConnectionsPerUser, 'limitConnectionsPerUser', limitBytesPerUser, 'limitBytesPerUser');
    }
    this.#shrink(this.#all, limitConnections, 'limitConnections', limitBytes, 'limitBytes');
  }

  #shrink(shelf: Shelf, connections: number, connectionsName: string, bytes: number, bytesName: string): void {
    for (const kept of shelf.kept) {
      const name = shelf.kept.size > connections ? connectionsName : shelf.bytes > bytes ? bytesName : undefined;
      if (name === undefined) return;
      this.#giveUp(kept, `Too much is kept for clients that may come back (detachedConnections.${name}).`);
    }
  }

  #expire(): void {
    const now = this.#alarms.now();
    for (const kept of this.#all.kept) {
      if (kept.expiresAt > now) {
        this.#expiry.set(kept.expiresAt - now);
        return;
      }
      this.#giveUp(kept, `The client has not come back within ${RETURN_MS} ms.`);
    }
  }

  #giveUp({ connection }: Kept, text: string): void {
    this.remove(connection);
    connection.endWith(closeReason('connection-lost', { text }));
  }
}
