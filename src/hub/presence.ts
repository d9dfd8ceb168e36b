import type { User } from './connection-info.ts';

/**
 * Claims of a connection: who is there, over all nodes. A key of a hub has one holder at most. Connections that claim it
 * with the same `as` share it. See docs/presence.md.
 */
export interface Presence {
  /**
   * Claims a key for this connection. Resolves with true when it has the key, and with false when somebody else who is
   * alive has it, on any node. The connection keeps it until `release`, or until its `onDisconnected` has run.
   *
   * Rejects with a `HubError` when the key, `as` or `info` is too long, or the connection has 100 claims; with a
   * `RefusedError` when the connection is ending, and with `onOutage: 'reject'` while the other nodes cannot be reached.
   *
   * @param info A value that JSON can write. It replaces that of those who share the key, unless it is undefined.
   */
  claim(key: string, info?: unknown, options?: ClaimOptions): Promise<boolean>;
  /** Replaces `info` of a key. Rejects as `claim` does, and with a `RefusedError` when the connection has no claim on it. */
  update(key: string, info: unknown): Promise<void>;
  /**
   * Claims the key `to` for this connection, and lets its key `from` go. Resolves as `claim` does; with false it keeps
   * `from`. Rejects as `claim` does, and with a `RefusedError` when the connection has no claim on `from`.
   *
   * It is told as one change, `moved`, when `from` was claimed without `as`. While the other nodes cannot be reached it is
   * a `joined` and a `left`.
   */
  move(from: string, to: string, info?: unknown): Promise<boolean>;
  /** Ends the claim of this connection. Without one nothing happens. */
  release(key: string): Promise<void>;
}

export interface ClaimOptions {
  /** The holder. Claims with the same one share the key. Default: the id of the connection. */
  readonly as?: string;
}

/** A key that somebody has. */
export interface PresenceEntry {
  readonly key: string;
  readonly as: string;
  /** The connections that share the key. */
  readonly connectionIds: readonly string[];
  /** Of the first claim, with its id and roles alone. null: anonymous. */
  readonly user: User | null;
  /** null: none was given. */
  readonly info: unknown;
  /** Moment at which the holder got the key, in milliseconds since 1970. */
  readonly since: number;
}

/** The keys of a hub that somebody has, on any node. While the other nodes cannot be reached: those of this node. */
export interface PresenceView {
  get(key: string): Promise<PresenceEntry | undefined>;
  /** In the order of their keys, which is that of their code points. */
  list(options?: PresenceQuery): Promise<readonly PresenceEntry[]>;
  count(options?: Pick<PresenceQuery, 'prefix'>): Promise<number>;
}

export interface PresenceQuery {
  /** Begins the keys. Default: all keys. */
  readonly prefix?: string;
  /** Number of entries, at most: from 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** A key: only those behind it. */
  readonly after?: string;
}

/**
 * A change of a presence key. The changes of one key are `joined` and `left` in turns, on all nodes together, with any
 * number of `updated` between them. `moved` is two changes in one: `left` of the key of `before`, and `joined` of the key
 * of `entry`. `before` is the entry as `onPresence` was told it last.
 */
export type PresenceChange =
  | { readonly kind: 'joined'; readonly entry: PresenceEntry }
  /** With the entry as it was before. */
  | { readonly kind: 'left'; readonly entry: PresenceEntry }
  /** The holder has the same key with another `info`. */
  | { readonly kind: 'updated'; readonly entry: PresenceEntry; readonly before: PresenceEntry }
  /** The holder has another key. */
  | { readonly kind: 'moved'; readonly entry: PresenceEntry; readonly before: PresenceEntry };
