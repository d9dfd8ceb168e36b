/**
 * Port of a storage, which keeps records beyond the life of a server. `memory.ts` and `sqlite.ts` implement it, and so
 * may others. `test/contracts/storage.test.ts` tests what has to hold for each of them.
 *
 * No call blocks the event loop. A call that fails rejects with a `StorageError`.
 */
export interface Storage {
  /**
   * Opens the storage. Must have resolved before any other call. Brings the schema up to date, and ends the sessions
   * that a crash has left open: `closeReason` is 'lost'; `disconnectedAt` is now, which is the latest possible time;
   * duration and counts stay null, since they are unknown. May be called again after `close`.
   *
   * @returns the number of lost sessions; and `warnings`, lines for the log that the operator should know of, although
   *   the storage can be used.
   */
  open(): Promise<{ readonly lost: number; readonly warnings?: readonly string[] }>;
  /**
   * Saves all of these records or, when it rejects, none. A record replaces an older one with the same id, so a save
   * may be repeated. Acknowledged records survive the process and the machine, as far as the storage is made for that.
   * An empty save checks whether the storage can be written to.
   */
  save(records: readonly SessionRecord[]): Promise<void>;
  /** Sessions, the newest first: by `connectedAt`, then by `id`. */
  sessions(query?: SessionQuery): Promise<SessionRecord[]>;
  /** Resolves when all resources are released. Never rejects, and does nothing when the storage is not open. */
  close(): Promise<void>;
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
  readonly remoteAddress: string;
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

/**
 * - `locked`: another process writes. Passes by itself.
 * - `full`: no space is left. Passes once there is some.
 * - `unwritable`: the place does not exist, or may not be written to.
 * - `unreadable`: the file is damaged, or not ours.
 * - `newer-schema`: a newer version of signalbox has used it.
 * - `gone`: it was removed or replaced while in use.
 * - `closed`: it is not open.
 * - `failed`: anything else.
 */
export type StorageProblem =
  | 'locked'
  | 'full'
  | 'unwritable'
  | 'unreadable'
  | 'newer-schema'
  | 'gone'
  | 'closed'
  | 'failed';

/** A storage could not do what was asked. The message is one line that a person can act on. */
export class StorageError extends Error {
  override name = 'StorageError';
  readonly problem: StorageProblem;

  constructor(problem: StorageProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}
