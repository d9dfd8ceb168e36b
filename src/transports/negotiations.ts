import type { Alarm, Alarms } from '../clock.ts';
import { type ConnectionId, type ConnectionToken, newConnectionId, newConnectionToken, tokenFromId } from '../ids.ts';

/** How long a negotiated connection waits for its transport (ASP.NET Core's DisconnectTimeout). */
const LIFETIME_MS = 15_000;
/** How many may wait at once, over all clients of a hub: a flood of negotiations must cost a bounded amount of memory. */
const MAXIMUM_PENDING = 65_536;

/** A connection that has been promised to a client, and to the user it came as. */
export interface Negotiation {
  readonly connectionId: ConnectionId;
  readonly token: ConnectionToken;
  readonly userId: string | undefined;
  readonly expiresAt: number;
}

/** What is known under a token: still waiting, or in use by a transport. */
export type Claim = { readonly negotiation: Negotiation } | 'unknown' | 'active';

/** The negotiated connections of one hub that no transport has claimed yet, and the tokens that are in use. */
export class Negotiations {
  readonly #alarms: Alarms;
  readonly #expiry: Alarm;
  /** In the order of their expiry, since all live equally long. */
  readonly #pending = new Map<string, Negotiation>();
  readonly #active = new Set<string>();

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
    this.#expiry = alarms.alarm(() => this.#expire());
  }

  /** How many wait for their transport. */
  get pending(): number {
    return this.#pending.size;
  }
  /** How many tokens are in use. */
  get active(): number {
    return this.#active.size;
  }

  /** @returns undefined when too many wait already. */
  add(version: number, userId: string | undefined): Negotiation | undefined {
    if (this.#pending.size >= MAXIMUM_PENDING) return undefined;
    const connectionId = newConnectionId();
    const token = version > 0 ? newConnectionToken() : tokenFromId(connectionId);
    const negotiation = { connectionId, token, userId, expiresAt: this.#alarms.now() + LIFETIME_MS };
    this.#pending.set(token, negotiation);
    if (!this.#expiry.isSet) this.#expiry.set(LIFETIME_MS);
    return negotiation;
  }

  /**
   * What a token stands for. A token belongs to the user who negotiated: to anybody else it is unknown. Looking does not
   * use it up.
   */
  find(token: string, userId: string | undefined): Claim {
    if (this.#active.has(token)) return 'active';
    const negotiation = this.#pending.get(token);
    return negotiation === undefined || negotiation.userId !== userId ? 'unknown' : { negotiation };
  }

  /** A transport has taken it. */
  activate(token: ConnectionToken): void {
    this.#pending.delete(token);
    this.#active.add(token);
  }

  /** Its connection is over; the token is unknown from now on. */
  release(token: ConnectionToken): void {
    this.#active.delete(token);
  }

  clear(): void {
    this.#pending.clear();
    this.#expiry.clear();
  }

  #expire(): void {
    const now = this.#alarms.now();
    for (const [token, negotiation] of this.#pending) {
      if (negotiation.expiresAt > now) {
        this.#expiry.set(negotiation.expiresAt - now);
        return;
      }
      this.#pending.delete(token);
    }
  }
}
