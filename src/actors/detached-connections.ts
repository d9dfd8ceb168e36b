import type { Alarm, Alarms } from '../clock.ts';
import { type CloseReason, closeReason } from '../protocol/close.ts';
import { type Piece, Shares } from '../shares.ts';
import { addressShare } from '../transports/address-share.ts';
import type { DetachedLimits } from './detached-limits.ts';

/** How long a connection waits for its client to come back (ASP.NET Core's DisconnectTimeout). */
export const RETURN_MS = 15_000;

/** A connection without a transport. */
export interface Detached {
  readonly userId: string | undefined;
  readonly request: { readonly remoteAddress: string };
  endWith(reason: CloseReason): void;
}

interface Kept {
  readonly connection: Detached;
  readonly expiresAt: number;
  readonly place: Piece<Detached>;
  readonly bytes: Piece<Detached>;
}

/** The detached connections of one user, in the order in which they lost their transports. */
class Shelf {
  readonly kept = new Set<Kept>();
  bytes = 0;
}

/**
 * All connections of a server whose clients may come back: for some time, and within bounds, since clients that only ever
 * leave would otherwise fill the memory. Of one user those who have been away for longest go first. When the whole is used up,
 * the address that holds most of it pays, with the last that came: whoever has little is kept, whatever strangers do.
 */
export class DetachedConnections {
  readonly #alarms: Alarms;
  readonly #limits: DetachedLimits;
  readonly #expiry: Alarm;
  /** In the order in which they lost their transports. */
  readonly #kept = new Map<Detached, Kept>();
  readonly #places = new Shares<Detached>();
  readonly #bytes = new Shares<Detached>();
  readonly #byUser = new Map<string, Shelf>();
  /** Whose bounds have to be looked at at the end of the turn; undefined: nobody's. */
  #due: Set<string | undefined> | undefined;

  constructor(alarms: Alarms, limits: DetachedLimits) {
    this.#alarms = alarms;
    this.#limits = limits;
    this.#expiry = alarms.alarm(() => this.#expire());
  }

  get size(): number {
    return this.#kept.size;
  }
  get bytes(): number {
    return this.#bytes.total;
  }
  /** How many users have one. */
  get users(): number {
    return this.#byUser.size;
  }
  /** How many addresses have one. */
  get addresses(): number {
    return this.#places.holders;
  }

  add(connection: Detached, bytes: number): void {
    const address = addressShare(connection.request.remoteAddress);
    const kept: Kept = {
      connection,
      expiresAt: this.#alarms.now() + RETURN_MS,
      place: this.#places.add(address, connection, 1),
      bytes: this.#bytes.add(address, connection, 0),
    };
    this.#kept.set(connection, kept);
    this.#shelfOf(connection)?.kept.add(kept);
    this.weigh(connection, bytes);
    if (!this.#expiry.isSet) this.#expiry.set(RETURN_MS);
  }

  /** So much is kept for it by now. */
  weigh(connection: Detached, bytes: number): void {
    const kept = this.#kept.get(connection);
    if (kept === undefined) return;
    const shelf = this.#shelfOf(connection);
    if (shelf !== undefined) shelf.bytes += bytes - kept.bytes.weight;
    this.#bytes.weigh(kept.bytes, bytes);
    this.#enforceLater(connection.userId);
  }

  /** It has a transport again, or has ended. */
  remove(connection: Detached): void {
    const kept = this.#kept.get(connection);
    if (kept === undefined) return;
    this.#kept.delete(connection);
    const shelf = this.#shelfOf(connection);
    if (shelf !== undefined) {
      shelf.kept.delete(kept);
      shelf.bytes -= kept.bytes.weight;
      if (shelf.kept.size === 0) this.#byUser.delete(connection.userId as string);
    }
    this.#places.remove(kept.place);
    this.#bytes.remove(kept.bytes);
    if (this.size === 0) this.#expiry.clear();
  }

  /** undefined: it belongs to nobody in particular. */
  #shelfOf({ userId }: Detached): Shelf | undefined {
    if (userId === undefined) return undefined;
    let shelf = this.#byUser.get(userId);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.#byUser.set(userId, shelf);
    }
    return shelf;
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
    for (const userId of due) this.#enforceOnUser(userId);
    const { limitConnections, limitBytes } = this.#limits;
    this.#enforceOnAll(this.#places, limitConnections, 'limitConnections');
    this.#enforceOnAll(this.#bytes, limitBytes, 'limitBytes');
  }

  #enforceOnUser(userId: string | undefined): void {
    const shelf = userId === undefined ? undefined : this.#byUser.get(userId);
    if (shelf === undefined) return;
    const { limitConnectionsPerUser, limitBytesPerUser } = this.#limits;
    for (const { connection } of shelf.kept) {
      if (shelf.kept.size > limitConnectionsPerUser) this.#tooMuch(connection, 'limitConnectionsPerUser');
      else if (shelf.bytes > limitBytesPerUser) this.#tooMuch(connection, 'limitBytesPerUser');
      else return;
    }
  }

  #enforceOnAll(shares: Shares<Detached>, most: number, limit: keyof DetachedLimits): void {
    while (shares.total > most && shares.greatest !== undefined) this.#tooMuch(shares.greatest.newest, limit);
  }

  #expire(): void {
    const now = this.#alarms.now();
    for (const { connection, expiresAt } of this.#kept.values()) {
      if (expiresAt > now) {
        this.#expiry.set(expiresAt - now);
        return;
      }
      this.#giveUp(connection, `The client has not come back within ${RETURN_MS} ms.`);
    }
  }

  #tooMuch(connection: Detached, limit: keyof DetachedLimits): void {
    this.#giveUp(connection, `Too much is kept for clients that may come back (detachedConnections.${limit}).`);
  }

  #giveUp(connection: Detached, text: string): void {
    this.remove(connection);
    connection.endWith(closeReason('connection-lost', { text }));
  }
}
