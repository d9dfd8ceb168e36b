import type { AbortOptions, Sender } from '../hub/routing.ts';
import type { Lane } from './lane.ts';

/** A connection as routing sees it. Implemented by `actors/connection.ts`. */
export interface Recipient extends Sender {
  readonly connectionId: string;
  readonly userId: string | undefined;
  readonly lane: Lane;
  abort(options: AbortOptions): void;
}

const NOBODY: ReadonlySet<Recipient> = new Set();

/** Who can be reached in one hub, by connection and by user: from the accepted handshake until all is over. */
export class Connections {
  readonly #byId = new Map<string, Recipient>();
  readonly #byUser = new Map<string, Set<Recipient>>();

  get size(): number {
    return this.#byId.size;
  }

  /** How many users have a connection. */
  get users(): number {
    return this.#byUser.size;
  }

  add(recipient: Recipient): void {
    this.#byId.set(recipient.connectionId, recipient);
    const { userId } = recipient;
    if (userId === undefined) return;
    const ofUser = this.#byUser.get(userId);
    if (ofUser === undefined) this.#byUser.set(userId, new Set([recipient]));
    else ofUser.add(recipient);
  }

  remove(recipient: Recipient): void {
    this.#byId.delete(recipient.connectionId);
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
    return this.#byUser.get(userId) ?? NOBODY;
  }

  all(): IterableIterator<Recipient> {
    return this.#byId.values();
  }
}
