import type { AbortOptions, Sender } from '../hub/routing.ts';
import type { Codec } from '../protocol/codec.ts';
import type { Lane } from './lane.ts';

/** A connection as routing sees it. Implemented by `actors/connection.ts`. */
export interface Recipient extends Sender {
  readonly connectionId: string;
  readonly userId: string | undefined;
  readonly lane: Lane;
  abort(options: AbortOptions): void;
}

const NO_RECIPIENTS: ReadonlySet<Recipient> = new Set();

/** Who can be reached in one hub, by connection and by user: from the accepted handshake until all is over. */
export class Connections {
  readonly #byId = new Map<string, Recipient>();
  readonly #byUser = new Map<string, Set<Recipient>>();
  /** How many connections speak each. */
  readonly #speakers = new Map<Codec, number>();
  #codecs: readonly Codec[] = [];

  get size(): number {
    return this.#byId.size;
  }

  /** How many users have a connection. */
  get users(): number {
    return this.#byUser.size;
  }

  /** What is spoken by anybody. */
  get codecs(): readonly Codec[] {
    return this.#codecs;
  }

  add(recipient: Recipient): void {
    this.#byId.set(recipient.connectionId, recipient);
    this.#count(recipient.lane.codec, 1);
    const { userId } = recipient;
    if (userId === undefined) return;
    const ofUser = this.#byUser.get(userId);
    if (ofUser === undefined) this.#byUser.set(userId, new Set([recipient]));
    else ofUser.add(recipient);
  }

  remove(recipient: Recipient): void {
    if (!this.#byId.delete(recipient.connectionId)) return;
    this.#count(recipient.lane.codec, -1);
    const { userId } = recipient;
    if (userId === undefined) return;
    const ofUser = this.#byUser.get(userId);
    ofUser?.delete(recipient);
    if (ofUser?.size === 0) this.#byUser.delete(userId);
  }

  get(connectionId: string): Recipient | undefined {
    return this.#byId.get(connectionId);
  }

  ofUser(userId: string): ReadonlySet<Recipient> {
    return this.#byUser.get(userId) ?? NO_RECIPIENTS;
  }

  all(): IterableIterator<Recipient> {
    return this.#byId.values();
  }

  #count(codec: Codec, by: 1 | -1): void {
    const speakers = (this.#speakers.get(codec) ?? 0) + by;
    this.#speakers.set(codec, speakers);
    const isSpoken = speakers > 0;
    if (isSpoken !== this.#codecs.includes(codec)) {
      this.#codecs = isSpoken ? [...this.#codecs, codec] : this.#codecs.filter((other) => other !== codec);
    }
  }
}
