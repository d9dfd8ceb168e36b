import type { Alarm, Alarms } from '../clock.ts';
import { type ConnectionId, type ConnectionToken, newConnectionId, newConnectionToken, tokenFromId } from '../ids.ts';
import type { Expiry } from './expiry.ts';
import type { HttpTransport } from './http-transport.ts';
import type { Posts } from './posts.ts';
import type { Returnable } from './transport.ts';

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
  /** Its client may come back to it with another WebSocket. */
  readonly isStateful: boolean;
  /** What the client has posted before there is a transport; there is one as soon as it does. */
  posts: Posts | undefined;
  /** What it has been claimed with, once and for all; undefined: it waits. */
  transport: 'WebSockets' | HttpTransport | undefined;
  /** The connection that a WebSocket has opened, when its client may come back to it. */
  connection: Returnable | undefined;
  /** Of its connection, on hubs with `closeOnAuthenticationExpiration`. */
  expiry: Expiry | undefined;
}

/** What one hub has promised: the connections that wait for their transport, and those that have one. */
export class Negotiations {
  readonly #alarms: Alarms;
  readonly #expiry: Alarm;
  /** In the order of their expiry, since all live equally long. */
  readonly #pending = new Map<string, Negotiation>();
  readonly #active = new Map<string, Negotiation>();

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
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

  /** @returns undefined when too many wait already. */
  add(version: number, userId: string | undefined, isStateful: boolean): Negotiation | undefined {
    if (this.#pending.size >= MAXIMUM_PENDING) return undefined;
    const negotiation = this.unnegotiated(userId, version, isStateful);
    this.#pending.set(negotiation.token, negotiation);
    if (!this.#expiry.isSet) this.#expiry.set(LIFETIME_MS);
    return negotiation;
  }

  /** One that is claimed as soon as it is made: its client has not negotiated. */
  unnegotiated(userId: string | undefined, version = 0, isStateful = false): Negotiation {
    const connectionId = newConnectionId();
    const token = version > 0 ? newConnectionToken() : tokenFromId(connectionId);
    const expiresAt = this.#alarms.now() + LIFETIME_MS;
    const unclaimed = { posts: undefined, transport: undefined, connection: undefined, expiry: undefined };
    return { connectionId, token, userId, expiresAt, isStateful, ...unclaimed };
  }

  /** What a token stands for. It belongs to the user who negotiated: to anybody else it is unknown. */
  find(token: string, userId: string | undefined): Negotiation | undefined {
    const negotiation = this.#active.get(token) ?? this.#pending.get(token);
    if (negotiation === undefined || negotiation.userId !== userId) return undefined;
    const { transport } = negotiation;
    return typeof transport === 'object' && transport.isOver ? undefined : negotiation;
  }

  /** A transport has taken it. */
  activate(negotiation: Negotiation, transport: 'WebSockets' | HttpTransport): void {
    negotiation.transport = transport;
    this.#pending.delete(negotiation.token);
    this.#active.set(negotiation.token, negotiation);
  }

  /** Its connection is over; the token is unknown from now on. */
  release({ token, expiry }: Negotiation): void {
    expiry?.stop();
    this.#active.delete(token);
  }

  clear(): void {
    for (const { posts } of this.#pending.values()) posts?.end();
    this.#pending.clear();
    this.#expiry.clear();
  }

  #expire(): void {
    const now = this.#alarms.now();
    for (const [token, { expiresAt, posts }] of this.#pending) {
      if (expiresAt > now) {
        this.#expiry.set(expiresAt - now);
        return;
      }
      this.#pending.delete(token);
      posts?.end();
    }
  }
}
