/**
 * What a server keeps beyond its own life. The port: `memory.ts` and `sqlite.ts` implement it, and so may others;
 * `test/contracts/storage.test.ts` says what has to hold for each.
 *
 * No call blocks the event loop. Those that fail reject with a `StorageError`.
 */
export interface Storage {
  /**
   * Must have resolved before anything else is asked. Brings the schema up to date, and ends the sessions that are still
   * open, as a crash leaves them: `closeReason` is 'lost', `disconnectedAt` is now, which is the latest that it can have
   * been; duration and counts stay null, for nobody knows them. May be called again after `close`.
   *
   * @returns how many sessions were lost; and `warnings`, lines for the log: what whoever runs the server should know of,
   * although the storage can be used.
   */
  open(): Promise<{ readonly lost: number; readonly warnings?: readonly string[] }>;
  /**
   * Keeps all of these records or, when it rejects, none. A record whose id is known replaces the one that is there, so a
   * save may be repeated. What has been acknowledged survives the process and the machine, as far as the storage is made
   * for that. Saving nothing asks whether it could be done.
   */
  save(records: readonly SessionRecord[]): Promise<void>;
  /** The newest first, by `connectedAt`, then by `id`. */
  sessions(query?: SessionQuery): Promise<SessionRecord[]>;
  /** Resolves when everything is let go. Never rejects, and nothing happens when it is not open. */
  close(): Promise<void>;
}

/** The life of one connection. Times are milliseconds since 1970. */
export interface SessionRecord {
  readonly id: string;
  /** The hub's path. */
  readonly hub: string;
  readonly connectionId: string;
  /** The user's id; null: nobody in particular. */
  readonly user: string | null;
  readonly transport: string;
  readonly remoteAddress: string;
  readonly connectedAt: number;
  /** null: still open, and then so is everything below. */
  readonly disconnectedAt: number | null;
  /** null as well for a session that was lost, and so are the counts. */
  readonly durationMs: number | null;
  /** Hub messages after the handshake, pings included. */
  readonly messagesIn: number | null;
  readonly messagesOut: number | null;
  /** The name of a close reason, or 'lost'. */
  readonly closeReason: string | null;
}

export interface SessionQuery {
  /** How many at most. Default: 100. */
  readonly limit?: number;
  /** Of this hub only. */
  readonly hub?: string;
  /** true: only those that are open. false: only those that have ended. */
  readonly open?: boolean;
}

export const DEFAULT_LIMIT = 100;
/** The close reason of sessions whose server died. */
export const LOST = 'lost';

/**
 * - `locked`: somebody else writes. Goes away by itself.
 * - `full`: no space left. Goes away by itself, once there is some.
 * - `unwritable`: the place does not exist, or may not be written to.
 * - `unreadable`: what is there is damaged, or not ours.
 * - `newer-schema`: a newer version of signalbox has been here.
 * - `gone`: it was taken away, or replaced, while in use.
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
