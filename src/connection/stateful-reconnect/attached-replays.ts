import { type Piece, Shares } from '../../shares.ts';
import type { AttachedReplay } from './resumable-connection.ts';

/** Bytes of each connection that are not counted: about as much as an honest client leaves unacknowledged. */
const FREE_BYTES = 100_000;

interface Account {
  readonly ofAll: Piece<AttachedReplay>;
  readonly ofUser: Piece<AttachedReplay> | undefined;
}

/**
 * Unacknowledged messages of all connections that have a transport, kept in case they lose it. Past a limit the
 * connection that keeps most drops its oldest first. It goes on all the same, and only cannot be resumed for a while.
 */
export class AttachedReplays {
  readonly #accounts = new Map<AttachedReplay, Account>();
  readonly #all = new Shares<AttachedReplay>();
  readonly #byUser = new Map<string, Shares<AttachedReplay>>();

  /** Counted bytes of all connections together. */
  get bytes(): number {
    return this.#all.total;
  }

  bytesOf(userId: string): number {
    return this.#byUser.get(userId)?.total ?? 0;
  }

  /** Sets the bytes that a connection keeps. @returns whether more of them are counted than before. */
  weigh(replay: AttachedReplay, bytes: number): boolean {
    const counted = Math.max(0, bytes - FREE_BYTES);
    const account = this.#accounts.get(replay);
    const before = account?.ofAll.weight ?? 0;
    if (counted === before) return false;
    if (counted === 0) this.remove(replay);
    else this.#weigh(replay, account ?? this.#open(replay), counted);
    return counted > before;
  }

  /** Removes a connection that has lost its transport, or has ended. */
  remove(replay: AttachedReplay): void {
    const account = this.#accounts.get(replay);
    if (account === undefined) return;
    this.#weigh(replay, account, 0);
    this.#accounts.delete(replay);
    const { userId } = replay;
    if (userId !== undefined && this.#byUser.get(userId)?.holders === 0) this.#byUser.delete(userId);
  }

  /** Drops this number of bytes, or all if there are fewer: of the connections of one user, or of all. */
  trim(bytes: number, userId?: string): void {
    const shares = userId === undefined ? this.#all : this.#byUser.get(userId);
    for (let left = bytes; left > 0; ) {
      const most = shares?.greatest;
      if (most === undefined) return;
      const { newest: replay, weight } = most;
      replay.trim(Math.min(left, weight));
      const freed = weight - (this.#accounts.get(replay)?.ofAll.weight ?? 0);
      if (freed <= 0) return;
      left -= freed;
    }
  }

  #open(replay: AttachedReplay): Account {
    const { connectionId, userId } = replay;
    const account = {
      ofAll: this.#all.add(connectionId, replay, 0),
      ofUser: userId === undefined ? undefined : this.#sharesOf(userId).add(connectionId, replay, 0),
    };
    this.#accounts.set(replay, account);
    return account;
  }

  #weigh({ userId }: AttachedReplay, { ofAll, ofUser }: Account, counted: number): void {
    this.#all.weigh(ofAll, counted);
    if (ofUser !== undefined) this.#byUser.get(userId as string)?.weigh(ofUser, counted);
  }

  #sharesOf(userId: string): Shares<AttachedReplay> {
    let shares = this.#byUser.get(userId);
    if (shares === undefined) {
      shares = new Shares();
      this.#byUser.set(userId, shares);
    }
    return shares;
  }
}
