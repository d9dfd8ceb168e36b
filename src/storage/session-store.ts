import type { Retained } from './retained.ts';

/**
 * Port of a storage for session records. No call blocks the event loop. A call that fails, or that comes while the
 * storage is not open, rejects with a `StorageError`.
 *
 * `prune` deletes sessions that have ended, the one that ended first at first: by `disconnectedAt`, then by `id`. Open
 * ones stay, and do not count.
 */
export interface SessionStore extends Retained {
  /**
   * Saves all of these records or, when it rejects, none. A record replaces an older one with the same id, so a save
   * may be repeated. Acknowledged records survive the process and the machine, as far as the storage is made for that.
   * An empty save checks whether the storage can be written to.
   */
  save(records: readonly SessionRecord[]): Promise<void>;
  /** Lists sessions, the newest first: by `connectedAt`, then by `id`. */
  list(query?: SessionQuery): Promise<SessionRecord[]>;
  /** Resolves with the ids of the nodes that have open sessions, each once. Unknown nodes are left out. */
  openNodes(): Promise<readonly string[]>;
  /**
   * Ends the open sessions of these nodes as lost, as `Storage.open` does it. Sessions of other nodes, and those that
   * have ended, stay as they are. May be done in parts: when it rejects, some sessions may have been ended. It may be
   * repeated, also by several nodes at once.
   *
   * @returns the number of the sessions.
   */
  endLost(nodeIds: readonly string[]): Promise<number>;
}

/** The life of one connection. Times are milliseconds since 1970. */
export interface SessionRecord {
  readonly id: string;
  /** The hub's path. */
  readonly hub: string;
  readonly connectionId: string;
  /** The user's id; null: anonymous. */
  readonly user: string | null;
  readonly transport: string;
  /** The hub protocol: 'json' or 'messagepack'. null: saved by a version that did not record it. */
  readonly protocol: string | null;
  readonly remoteAddress: string;
  /** Id of the node, the server that has or had the connection. null: saved by a version that did not record it. */
  readonly nodeId: string | null;
  readonly connectedAt: number;
  /** null: still open; then all fields below are null. */
  readonly disconnectedAt: number | null;
  /** null also for a session that was lost, and so are the counts. */
  readonly durationMs: number | null;
  /** Hub messages after the handshake, pings included. */
  readonly messagesIn: number | null;
  readonly messagesOut: number | null;
  /** The name of a close reason, or 'lost'. */
  readonly closeReason: string | null;
}

export interface SessionQuery {
  /** Largest number of sessions. Default: 100. */
  readonly limit?: number;
  /** Path of a hub: only its sessions. */
  readonly hub?: string;
  /** true: only open sessions. false: only ended ones. */
  readonly open?: boolean;
}

export const DEFAULT_LIMIT = 100;
/** The close reason of sessions whose server died. */
export const LOST = 'lost';
