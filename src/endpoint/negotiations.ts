import type { Alarm, Alarms } from '../clock.ts';
import { clientNetwork } from '../http/client-network.ts';
import { type ConnectionId, newConnectionId, newConnectionToken, tokenFromId } from '../ids.ts';
import type { Log } from '../log.ts';
import { type Piece, Shares } from '../shares.ts';
import type { HttpTransport } from '../transports/http-transport.ts';
import { Negotiation } from './negotiation.ts';

/** Time in which the client must open a transport (ASP.NET Core's DisconnectTimeout). */
const LIFETIME_MS = 15_000;

const NEVER = Number.POSITIVE_INFINITY;

/** Limits on pending negotiations, for all clients of a hub together: a flood must cost a bounded amount of memory. */
export interface PendingLimits {
  readonly negotiations: number;
  /**
   * Bytes of bodies that were posted to them. Official clients post when their transport is open, so they need none.
   */
  readonly postedBytes: number;
}

const LIMITS: PendingLimits = { negotiations: 65_536, postedBytes: 32 * 1_024 * 1_024 };

/**
 * Negotiations of one hub: pending ones, which wait for their transport, and active ones, which have one. When there is
 * no room for another pending one, the client network with most of them loses its oldest: a flood costs those who send
 * it, and no other client is refused.
 */
export class Negotiations {
  readonly #alarms: Alarms;
  readonly #limits: PendingLimits;
  readonly #log: Log;
  readonly #newId: () => ConnectionId;
  readonly #expiry: Alarm;
  /** By token, in the order of their expiry, since all live equally long. */
  readonly #pending = new Map<string, Piece<Negotiation>>();
  /** By token: pending negotiations whose clients have posted already. */
  readonly #posted = new Map<string, Piece<Negotiation>>();
  readonly #pendingShares = new Shares<Negotiation>();
  readonly #postedBytes = new Shares<Negotiation>();
  /** By token. */
  readonly #active = new Map<string, Negotiation>();
  readonly #release = (negotiation: Negotiation): void => this.release(negotiation);

  constructor(alarms: Alarms, log: Log, limits = LIMITS, newId = () => newConnectionId()) {
    this.#newId = newId;
    this.#alarms = alarms;
    this.#limits = limits;
    this.#log = log;
    this.#expiry = alarms.alarm(() => this.#expire());
  }

  /** Number of negotiations that wait for their transport. */
  get pending(): number {
    return this.#pending.size;
  }
  /** Number of negotiations that have a transport. */
  get active(): number {
    return this.#active.size;
  }

  /** Number of client networks with a pending negotiation. */
  get addresses(): number {
    return this.#pendingShares.holders;
  }

  /** @param remoteAddress Its network has the negotiation in its share of all pending ones. */
  add(version: number, userId: string | undefined, isStateful: boolean, remoteAddress: string): Negotiation {
    const connectionId = this.#newId();
    const token = version > 0 ? newConnectionToken() : tokenFromId(connectionId);
    const expiresAt = this.#alarms.now() + LIFETIME_MS;
    const negotiation = new Negotiation({ connectionId, token, userId, expiresAt, isStateful }, this.#release);
    this.#pending.set(negotiation.token, this.#pendingShares.add(clientNetwork(remoteAddress), negotiation, 1));
    this.#shrink(this.#pendingShares, 'negotiations');
    if (!this.#expiry.isSet) this.#expiry.set(LIFETIME_MS);
    return negotiation;
  }

  /** Sets the number of bytes that are kept of the client's POSTs. */
  setPostedBytes(negotiation: Negotiation, bytes: number): void {
    const { token } = negotiation;
    const piece = this.#pending.get(token);
    if (piece === undefined) return;
    const posted = this.#posted.get(token) ?? this.#postedBytes.add(piece.holder, negotiation, 0);
    this.#posted.set(token, posted);
    this.#postedBytes.weigh(posted, bytes);
    this.#shrink(this.#postedBytes, 'postedBytes');
  }

  /** Makes a negotiation for a client that has skipped it (`skipNegotiation`). It is never pending. */
  skipNegotiation(userId: string | undefined): Negotiation {
    const connectionId = this.#newId();
    const token = tokenFromId(connectionId);
    return new Negotiation({ connectionId, token, userId, expiresAt: NEVER, isStateful: false }, this.#release);
  }

  /** Finds the negotiation of a token. It belongs to the user who negotiated: for any other user it is unknown. */
  find(token: string, userId: string | undefined): Negotiation | undefined {
    const negotiation = this.#active.get(token) ?? this.#pending.get(token)?.item;
    if (negotiation === undefined || negotiation.userId !== userId) return undefined;
    const { transport } = negotiation;
    return typeof transport === 'object' && transport.isOver ? undefined : negotiation;
  }

  /** Negotiations that have a transport. */
  all(): IterableIterator<Negotiation> {
    return this.#active.values();
  }

  /** The negotiation of a token, if it has a transport, whosever it is. */
  opened(token: string): Negotiation | undefined {
    return this.#active.get(token);
  }

  /** Marks a negotiation as active: its transport opens. */
  activate(negotiation: Negotiation, transport: 'WebSockets' | HttpTransport): void {
    negotiation.transport = transport;
    this.#forget(negotiation);
    this.#active.set(negotiation.token, negotiation);
  }

  /** Forgets an active negotiation: its connection has ended. The token is unknown from now on. */
  release({ token, expiry }: Negotiation): void {
    expiry?.dispose();
    this.#active.delete(token);
  }

  dispose(): void {
    for (const { item } of this.#pending.values()) this.#drop(item);
    this.#expiry.clear();
  }

  #expire(): void {
    const now = this.#alarms.now();
    for (const { item: negotiation } of this.#pending.values()) {
      const { expiresAt } = negotiation;
      if (expiresAt > now) {
        this.#expiry.set(expiresAt - now);
        return;
      }
      this.#drop(negotiation);
    }
  }

  #shrink(shares: Shares<Negotiation>, limit: keyof PendingLimits): void {
    for (;;) {
      const { greatest } = shares;
      if (greatest === undefined || shares.total <= this.#limits[limit]) return;
      const { holder: address } = greatest;
      this.#log.warn(
        { address, limit },
        'too much waits for its transport: the address with most of it loses its oldest negotiation',
      );
      this.#drop(greatest.oldest);
    }
  }

  /** Removes a pending negotiation: no transport can open for it any more. */
  #drop(negotiation: Negotiation): void {
    this.#forget(negotiation);
    negotiation.posts?.end();
  }

  #forget({ token }: Negotiation): void {
    const piece = this.#pending.get(token);
    const posted = this.#posted.get(token);
    this.#pending.delete(token);
    this.#posted.delete(token);
    if (piece !== undefined) this.#pendingShares.remove(piece);
    if (posted !== undefined) this.#postedBytes.remove(posted);
  }
}
