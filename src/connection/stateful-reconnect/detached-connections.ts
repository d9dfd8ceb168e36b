import type { Alarm, Alarms } from '../../clock.ts';
import { clientNetwork } from '../../http/client-network.ts';
import { closeReason } from '../../protocol/close.ts';
import { type Piece, Shares } from '../../shares.ts';
import { AttachedReplays } from './attached-replays.ts';
import type { DetachedLimits } from './detached-limits.ts';
import type { AttachedReplay, DetachedConnection } from './resumable-connection.ts';

/** Milliseconds that a connection waits for its client to come back (ASP.NET Core's DisconnectTimeout). */
export const RETURN_MS = 15_000;

interface Kept {
  readonly connection: DetachedConnection;
  readonly expiresAt: number;
  /** Whether it has another transport, which has not yet taken all kept messages. */
  hasReturned: boolean;
  readonly place: Piece<DetachedConnection>;
  readonly bytes: Piece<DetachedConnection>;
}

/** The detached connections of one user, in the order in which they lost their transports. */
class UserConnections {
  readonly kept = new Set<Kept>();
  /** Number of those without a transport. */
  away = 0;
  bytes = 0;
}

/**
 * All connections of a server whose clients may come back. They are kept for `RETURN_MS`, and within limits: clients
 * that lose their transports on purpose would otherwise fill the memory.
 *
 * Past a limit on bytes, connections that have a transport drop kept messages first: they only cannot be resumed for a
 * while. Past a limit of one user, the connections of that user that were detached first end. Past a limit on all, the
 * newest connection of the address that holds most ends: so an address that holds little keeps what it has.
 */
export class DetachedConnections {
  /** Messages that are kept for connections that have a transport. */
  readonly attached = new AttachedReplays();
  readonly #alarms: Alarms;
  readonly #limits: DetachedLimits;
  readonly #expiry: Alarm;
  /** In the order in which they lost their transports. */
  readonly #kept = new Map<DetachedConnection, Kept>();
  readonly #places = new Shares<DetachedConnection>();
  readonly #bytes = new Shares<DetachedConnection>();
  readonly #byUser = new Map<string, UserConnections>();
  /** Connections that keep more bytes than one connection may. */
  readonly #overfull = new Set<DetachedConnection>();
  /** Users whose limits are checked at the end of the turn (undefined: no user id). undefined: no check is due. */
  #due: Set<string | undefined> | undefined;

  constructor(alarms: Alarms, limits: DetachedLimits) {
    this.#alarms = alarms;
    this.#limits = limits;
    this.#expiry = alarms.alarm(() => this.#expire());
  }

  get size(): number {
    return this.#places.total;
  }
  get bytes(): number {
    return this.#bytes.total;
  }
  /** Number of users that have a detached connection. */
  get users(): number {
    return this.#byUser.size;
  }
  /** Number of addresses that have a detached connection. */
  get addresses(): number {
    return this.#places.holders;
  }

  /** Adds a connection that has lost its transport. @param isOverfull Whether it keeps more than one connection may. */
  add(connection: DetachedConnection, bytes: number, isOverfull = false): void {
    this.remove(connection);
    const address = clientNetwork(connection.remoteAddress);
    const kept: Kept = {
      connection,
      expiresAt: this.#alarms.now() + RETURN_MS,
      hasReturned: false,
      place: this.#places.add(address, connection, 1),
      bytes: this.#bytes.add(address, connection, 0),
    };
    this.#kept.set(connection, kept);
    const ofUser = this.#ofUser(connection);
    if (ofUser !== undefined) {
      ofUser.kept.add(kept);
      ofUser.away += 1;
    }
    this.weigh(connection, bytes, isOverfull);
    if (!this.#expiry.isSet) this.#expiry.set(RETURN_MS);
  }

  /** Sets the bytes that are kept for it. @param isOverfull Whether it keeps more than one connection may. */
  weigh(connection: DetachedConnection, bytes: number, isOverfull = false): void {
    const kept = this.#kept.get(connection);
    if (kept === undefined) return;
    const ofUser = this.#ofUser(connection);
    if (ofUser !== undefined) ofUser.bytes += bytes - kept.bytes.weight;
    this.#bytes.weigh(kept.bytes, bytes);
    if (isOverfull) this.#overfull.add(connection);
    this.#enforceLater(connection.userId);
  }

  /** Sets the bytes that are kept for a connection that has a transport. */
  weighAttached(replay: AttachedReplay, bytes: number): void {
    if (this.attached.weigh(replay, bytes)) this.#enforceLater(replay.userId);
  }

  /** Frees the place of a connection that has a transport again. Its bytes count until the transport has taken them. */
  returned(connection: DetachedConnection): void {
    const kept = this.#kept.get(connection);
    if (kept === undefined || kept.hasReturned) return;
    kept.hasReturned = true;
    this.#leavePlace(kept);
  }

  /** Removes a connection that has ended, or whose new transport has taken everything. */
  remove(connection: DetachedConnection): void {
    const kept = this.#kept.get(connection);
    if (kept === undefined) return;
    this.#kept.delete(connection);
    if (!kept.hasReturned) this.#leavePlace(kept);
    const ofUser = this.#ofUser(connection);
    if (ofUser !== undefined) {
      ofUser.kept.delete(kept);
      ofUser.bytes -= kept.bytes.weight;
      if (ofUser.kept.size === 0) this.#byUser.delete(connection.userId as string);
    }
    this.#bytes.remove(kept.bytes);
    this.#overfull.delete(connection);
  }

  #leavePlace({ connection, place }: Kept): void {
    this.#places.remove(place);
    const ofUser = this.#ofUser(connection);
    if (ofUser !== undefined) ofUser.away -= 1;
    if (this.size === 0) this.#expiry.clear();
  }

  /** undefined: the connection has no user id. */
  #ofUser({ userId }: DetachedConnection): UserConnections | undefined {
    if (userId === undefined) return undefined;
    let ofUser = this.#byUser.get(userId);
    if (ofUser === undefined) {
      ofUser = new UserConnections();
      this.#byUser.set(userId, ofUser);
    }
    return ofUser;
  }

  /** Checks the limits at the end of the turn, because the sender may be in the middle of a loop over many lanes. */
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
    for (const connection of this.#overfull) this.#endPastLimit(connection, 'statefulReconnectBufferBytes');
    for (const userId of due) if (userId !== undefined) this.#enforceOnUser(userId);
    const { limitConnections, limitBytes } = this.#limits;
    this.#enforceOnAll(this.#places, limitConnections, 'limitConnections');
    this.attached.trim(this.bytes + this.attached.bytes - limitBytes);
    this.#enforceOnAll(this.#bytes, limitBytes, 'limitBytes');
  }

  #enforceOnUser(userId: string): void {
    const { limitConnectionsPerUser, limitBytesPerUser } = this.#limits;
    const ofUser = this.#byUser.get(userId);
    this.attached.trim((ofUser?.bytes ?? 0) + this.attached.bytesOf(userId) - limitBytesPerUser, userId);
    for (const { connection, hasReturned } of ofUser?.kept ?? []) {
      const { away, bytes } = ofUser as UserConnections;
      if (bytes > limitBytesPerUser) this.#endPastLimit(connection, 'detachedConnections.limitBytesPerUser');
      else if (away <= limitConnectionsPerUser) return;
      else if (!hasReturned) this.#endPastLimit(connection, 'detachedConnections.limitConnectionsPerUser');
    }
  }

  #enforceOnAll(shares: Shares<DetachedConnection>, most: number, limit: 'limitConnections' | 'limitBytes'): void {
    while (shares.total > most && shares.greatest !== undefined) {
      this.#endPastLimit(shares.greatest.newest, `detachedConnections.${limit}`);
    }
  }

  #expire(): void {
    const now = this.#alarms.now();
    for (const { connection, expiresAt, hasReturned } of this.#kept.values()) {
      if (hasReturned) continue;
      if (expiresAt > now) {
        this.#expiry.set(expiresAt - now);
        return;
      }
      this.#end(connection, `The client has not come back within ${RETURN_MS} ms.`);
    }
  }

  #endPastLimit(connection: DetachedConnection, limit: string): void {
    this.#end(connection, `Too much is kept for clients that may come back (${limit}).`);
  }

  #end(connection: DetachedConnection, text: string): void {
    this.remove(connection);
    connection.endWith(closeReason('connection-lost', { text }));
  }
}
