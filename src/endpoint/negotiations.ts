import type { Alarm, Alarms } from '../clock.ts';
import { clientNetwork } from '../http/client-network.ts';
import { newConnectionId, newConnectionToken, tokenFromId } from '../ids.ts';
import type { Log } from '../log.ts';
import { type Piece, Shares } from '../shares.ts';
import type { HttpTransport } from '../transports/http-transport.ts';
import { Negotiation } from './negotiation.ts';

/** How long a negotiated connection waits for its transport (ASP.NET Core's DisconnectTimeout). */
const LIFETIME_MS = 15_000;

const NEVER = Number.POSITIVE_INFINITY;

/** Bounds on those that wait, for all clients of a hub together: a flood must cost a bounded amount of memory. */
export interface PendingLimits {
  readonly negotiations: number;
  /** Of what was posted to them. Official clients post when their transport is open, so they need nothing of it. */
  readonly postedBytes: number;
}

const LIMITS: PendingLimits = { negotiations: 65_536, postedBytes: 32 * 1_024 * 1_024 };

/**
 * Negotiations of one hub: connections that wait for their transport, and those that have one. When there is no room for
 * another one that waits, the address with most of them loses its oldest: a flood costs those who send it, and nobody is refused.
 */
export class Negotiations {
  readonly #alarms: Alarms;
  readonly #limits: PendingLimits;
  readonly #log: Log;
  readonly #expiry: Alarm;
  /** In the order of their expiry, since all live equally long. */
  readonly #pending = new Map<string, Piece<Negotiation>>();
  /** Of those among them whose clients have posted already. */
  readonly #posted = new Map<string, Piece<Negotiation>>();
  readonly #places = new Shares<Negotiation>();
  readonly #postedBytes = new Shares<Negotiation>();
  readonly #active = new Map<string, Negotiation>();
  readonly #release = (negotiation: Negotiation): void => this.release(negotiation);

  constructor(alarms: Alarms, log: Log, limits = LIMITS) {
    this.#alarms = alarms;
    this.#limits = limits;
    this.#log = log;
    this.#expiry = alarms.alarm(() => this.#expire());
  }

  /** How many wait for their transport. */
  get pending(): number {
    return this.#pending.size;
  }
  /** How many have one. */
  get active(): number {
    return this.#active.size;
  }

  /** How many addresses have one that waits. */
  get addresses(): number {
    return this.#places.holders;
  }

  /** @param remoteAddress On whose account it waits. */
  add(version: number, userId: string | undefined, isStateful: boolean, remoteAddress: string): Negotiation {
    const connectionId = newConnectionId();
    const token = version > 0 ? newConnectionToken() : tokenFromId(connectionId);
    const expiresAt = this.#alarms.now() + LIFETIME_MS;
    const negotiation = new Negotiation({ connectionId, token, userId, expiresAt, isStateful }, this.#release);
    this.#pending.set(negotiation.token, this.#places.add(clientNetwork(remoteAddress), negotiation, 1));
    this.#shrink(this.#places, 'negotiations');
    if (!this.#expiry.isSet) this.#expiry.set(LIFETIME_MS);
    return negotiation;
  }

  /** Tells how many bytes are kept of what its client has posted. */
  weighPosts(negotiation: Negotiation, bytes: number): void {
    const { token } = negotiation;
    const place = this.#pending.get(token);
    if (place === undefined) return;
    const posted = this.#posted.get(token) ?? this.#postedBytes.add(place.holder, negotiation, 0);
    this.#posted.set(token, posted);
    this.#postedBytes.weigh(posted, bytes);
    this.#shrink(this.#postedBytes, 'postedBytes');
  }

  /** One that is claimed as soon as it is made: its client has not negotiated. */
  skipNegotiation(userId: string | undefined): Negotiation {
    const connectionId = newConnectionId();
    const token = tokenFromId(connectionId);
    return new Negotiation({ connectionId, token, userId, expiresAt: NEVER, isStateful: false }, this.#release);
  }

  /** What a token stands for. It belongs to the user who negotiated: to anybody else it is unknown. */
  find(token: string, userId: string | undefined): Negotiation | undefined {
    const negotiation = this.#active.get(token) ?? this.#pending.get(token)?.item;
    if (negotiation === undefined || negotiation.userId !== userId) return undefined;
    const { transport } = negotiation;
    return typeof transport === 'object' && transport.isOver ? undefined : negotiation;
  }

  /** A transport has taken it. */
  activate(negotiation: Negotiation, transport: 'WebSockets' | HttpTransport): void {
    negotiation.transport = transport;
    this.#forget(negotiation);
    this.#active.set(negotiation.token, negotiation);
  }

  /** Its connection is over; the token is unknown from now on. */
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

  /** Nobody can claim it any more. */
  #drop(negotiation: Negotiation): void {
    this.#forget(negotiation);
    negotiation.posts?.end();
  }

  #forget({ token }: Negotiation): void {
    const place = this.#pending.get(token);
    const posted = this.#posted.get(token);
    this.#pending.delete(token);
    this.#posted.delete(token);
    if (place !== undefined) this.#places.remove(place);
    if (posted !== undefined) this.#postedBytes.remove(posted);
  }
}
