import type { AbortOptions } from '../hub/routing.ts';
import { baseOf, type Codec } from '../protocol/codec.ts';
import { type AddressObserver, NO_OBSERVER } from './address-observer.ts';
import type { Lane } from './lane.ts';

/** A connection as routing sees it. Implemented by `connection/session.ts`. */
export interface Recipient {
  readonly connectionId: string;
  readonly userId: string | undefined;
  readonly lane: Lane;
  abort(options: AbortOptions): void;
}

const NO_RECIPIENTS: ReadonlySet<Recipient> = new Set();

/** The connections of one hub by id and by user, each from its accepted handshake until it is forgotten. */
export class Connections {
  readonly #observer: AddressObserver;
  readonly #byId = new Map<string, Recipient>();
  readonly #byUser = new Map<string, Set<Recipient>>();
  /** Number of connections of each protocol. */
  readonly #counts = new Map<Codec, number>();
  #codecs: readonly Codec[] = [];

  constructor(observer = NO_OBSERVER) {
    this.#observer = observer;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Number of users that have a connection. */
  get users(): number {
    return this.#byUser.size;
  }

  /** The protocols of all connections, without variants. */
  get codecs(): readonly Codec[] {
    return this.#codecs;
  }

  add(recipient: Recipient): void {
    if (this.#byId.size === 0) this.#observer.hubAdded();
    this.#byId.set(recipient.connectionId, recipient);
    this.#count(baseOf(recipient.lane.codec), 1);
    const { userId } = recipient;
    if (userId === undefined) return;
    const ofUser = this.#byUser.get(userId);
    if (ofUser === undefined) {
      this.#byUser.set(userId, new Set([recipient]));
      this.#observer.userAdded(userId);
    } else ofUser.add(recipient);
  }

  remove(recipient: Recipient): void {
    if (!this.#byId.delete(recipient.connectionId)) return;
    if (this.#byId.size === 0) this.#observer.hubRemoved();
    this.#count(baseOf(recipient.lane.codec), -1);
    const { userId } = recipient;
    if (userId === undefined) return;
    const ofUser = this.#byUser.get(userId);
    ofUser?.delete(recipient);
    if (ofUser?.size !== 0) return;
    this.#byUser.delete(userId);
    this.#observer.userRemoved(userId);
  }

  get(connectionId: string): Recipient | undefined {
    return this.#byId.get(connectionId);
  }

  has(connectionId: string): boolean {
    return this.#byId.has(connectionId);
  }

  ofUser(userId: string): ReadonlySet<Recipient> {
    return this.#byUser.get(userId) ?? NO_RECIPIENTS;
  }

  all(): IterableIterator<Recipient> {
    return this.#byId.values();
  }

  #count(codec: Codec, by: 1 | -1): void {
    const count = (this.#counts.get(codec) ?? 0) + by;
    this.#counts.set(codec, count);
    const isUsed = count > 0;
    if (isUsed !== this.#codecs.includes(codec)) {
      this.#codecs = isUsed ? [...this.#codecs, codec] : this.#codecs.filter((other) => other !== codec);
    }
  }
}
