import type { KeyStore } from './key-store.ts';
import type { MembershipStore } from './membership-store.ts';
import type { MessageStore } from './message-store.ts';
import type { ModerationStore } from './moderation-store.ts';
import type { SessionStore } from './session-store.ts';
import type { TaskStore } from './task-store.ts';

/**
 * Port of a storage, which keeps records beyond the life of a server: its life, and a store for each topic. `memory.ts`
 * and `sqlite.ts` implement it, and so may others. `testing/storage-contract.ts` tests what has to hold for each of
 * them.
 *
 * No call blocks the event loop. A call that fails rejects with a `StorageError`.
 */
export interface Storage {
  readonly sessions: SessionStore;
  /** API keys, and what was revoked. Without it the server has no `keys`, and `apiKeys` needs a store of its own. */
  readonly keys?: KeyStore;
  readonly messages?: MessageStore;
  /** Bans, mutes, held messages and the audit trail. */
  readonly moderation?: ModerationStore;
  /** Tasks, and what users spend. */
  readonly tasks?: TaskStore;
  /** Users in groups, and ids of requests that are done once. */
  readonly memberships?: MembershipStore;
  /**
   * Text that is the same at all nodes that share this storage, and at no other, without a password. With a backplane
   * one of them does what has to be done once, such as to end lost sessions. Known once the storage is open. Missing:
   * no other node shares it, or each of them does it all.
   */
  readonly place?: string | undefined;
  /**
   * What is wrong with the storage although it answers, as its last answer showed it; undefined or missing: nothing.
   * Looked at after each answer. What a call rejects with needs not be told here: it is `unready` without that.
   */
  readonly trouble?: StorageTrouble | undefined;
  /**
   * Opens the storage. Must have resolved before any other call. Brings the schema up to date, and ends the sessions
   * that a crash has left open. These are the open sessions of nodes that are not alive, of this node (it has only
   * started), and of unknown nodes (`nodeId` is null). Their `closeReason` becomes 'lost'; `disconnectedAt` is now,
   * which is the latest possible time; duration and counts stay null, since they are unknown. Sessions of nodes that
   * are alive stay as they are. May be called again after `close`.
   *
   * When `isAlive` throws or rejects, `open` rejects with that error, and ends no session.
   */
  open(options: OpenStorageOptions): Promise<OpenedStorage>;
  /** Resolves when all resources are released. Never rejects, and does nothing when the storage is not open. */
  close(): Promise<void>;
}

export interface OpenStorageOptions {
  /** Id of the node that opens the storage. */
  readonly nodeId: string;
  /** Whether another node is alive. Asked for each node that has open sessions in the storage. */
  isAlive(nodeId: string): boolean | Promise<boolean>;
}

export interface OpenedStorage {
  /** Number of sessions that were ended as lost. */
  readonly lost: number;
  /** Lines for the log that the operator should know of, although the storage can be used. */
  readonly warnings?: readonly string[];
}

/** Trouble of a storage. */
export interface StorageTrouble {
  /** `unready`: the server must get no new clients. `degraded`: it serves them, and a part of it does not work. */
  readonly severity: 'unready' | 'degraded';
  /** Public text, for `/readyz`: it names no path and no version. */
  readonly text: string;
  /** Text for the operator: a line to act on. The log has it when it changes, so it should hold no moving figures. */
  readonly detail: string;
}

/**
 * - `locked`: another process writes. Passes by itself.
 * - `full`: no space is left. Passes once there is some.
 * - `unreachable`: it is behind a network, and does not answer. Passes once it does.
 * - `unwritable`: the place does not exist, or may not be written to.
 * - `unreadable`: the file is damaged, or not ours.
 * - `newer-schema`: a newer version of signalbox has used it.
 * - `gone`: it was removed or replaced while in use.
 * - `invalid`: it cannot keep a value that it was given; nothing of the call was done. It works otherwise, and the same
 *   call will fail again.
 * - `closed`: it is not open.
 * - `failed`: anything else.
 */
export type StorageProblem =
  | 'locked'
  | 'full'
  | 'unreachable'
  | 'unwritable'
  | 'unreadable'
  | 'newer-schema'
  | 'gone'
  | 'invalid'
  | 'closed'
  | 'failed';

/** Problems that pass by themselves, so that a server may start with them. The others are mistakes in the setup. */
export const PASSING_PROBLEMS: readonly StorageProblem[] = ['locked', 'full', 'unreachable'];

/** A storage could not do what was asked. The message is one line that a person can act on. */
export class StorageError extends Error {
  override name = 'StorageError';
  readonly problem: StorageProblem;

  constructor(problem: StorageProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}
