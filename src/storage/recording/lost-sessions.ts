import type { Clock } from '../../clock.ts';
import { isA, loggable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type OpenStorageOptions, type Storage, StorageError } from '../storage.ts';

/** Parts of `LostSessions`. `isAlive` is asked again before anything is ended: it answers with what is known then. */
export interface LostSessionsParts extends OpenStorageOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves with true for the first node that asks within so many milliseconds, and with false for all others. */
  takeTurn(name: string, ms: number): Promise<boolean>;
}

/** Duration of a turn: no end of sessions takes longer. */
const TURN_MS = 30_000;
/** Time between a check that has failed and the next one. */
const RETRY_MS = 5_000;

/**
 * Ends the open sessions of nodes that have died while this one runs. `check` is called whenever the set of live nodes
 * has changed. Of several nodes that share a storage one takes a turn for each dead node, and ends its sessions.
 *
 * As long as there was something to do, all of them look again when the turn is over. The one that took it may have died,
 * too; and a node that only seems dead, because the backplane does not hear it, still saves sessions.
 *
 * There is one check at a time, and one timer.
 */
export class LostSessions {
  readonly #parts: LostSessionsParts;
  /** Ends of the turns that this node has taken, in milliseconds of `Clock.now`, by the ids of the dead nodes. */
  readonly #turns = new Map<string, number>();
  #isAsked = false;
  #isChecking = false;
  #isStopped = false;
  #isFailing = false;
  #timer: unknown;

  constructor(parts: LostSessionsParts) {
    this.#parts = parts;
  }

  /** Looks for sessions that are lost, and ends them; once more after a check that is under way. Never throws. */
  check(): void {
    this.#isAsked = true;
    if (!this.#isChecking) void this.#run();
  }

  /** Ends it for ever. What the storage was asked already may still be done. */
  stop(): void {
    this.#isStopped = true;
    this.#parts.clock.clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts;
    clock.clearTimeout(this.#timer);
    this.#isChecking = true;
    let againMs: number | undefined;
    while (this.#isAsked && !this.#isStopped) {
      this.#isAsked = false;
      againMs = await this.#try();
    }
    this.#isChecking = false;
    if (againMs !== undefined && !this.#isStopped) this.#timer = clock.setTimeout(() => this.check(), againMs);
  }

  /** @returns the time until the next check; undefined: when the set of nodes changes. */
  async #try(): Promise<number | undefined> {
    try {
      const isDone = await this.#endAll();
      this.#tell(undefined);
      return isDone ? undefined : TURN_MS;
    } catch (error) {
      this.#tell({ error });
      return RETRY_MS;
    }
  }

  /** @returns whether there was nothing to do, neither here nor for another node. */
  async #endAll(): Promise<boolean> {
    const { storage, nodeId, clock } = this.#parts;
    for (const [id, until] of this.#turns) if (until <= clock.now()) this.#turns.delete(id);
    let isDone = true;
    for (const id of await storage.sessions.openNodes()) {
      if (this.#isStopped || id === nodeId || (await this.#parts.isAlive(id))) continue;
      if (!(await this.#hasTurn(id)) || (await this.#end(id))) isDone = false;
    }
    return isDone;
  }

  /** A turn that this node has taken is still its own when what followed has failed. */
  async #hasTurn(id: string): Promise<boolean> {
    const { storage, clock } = this.#parts;
    // Storages of users may have null.
    const place = storage.place ?? undefined;
    if (place === undefined || this.#turns.has(id)) return true;
    const until = clock.now() + TURN_MS;
    if (!(await this.#parts.takeTurn(`lost-sessions:${place}:${id}`, TURN_MS))) return false;
    this.#turns.set(id, until);
    return true;
  }

  /** @returns whether sessions were ended. */
  async #end(id: string): Promise<boolean> {
    // It may have come back meanwhile.
    if (this.#isStopped || (await this.#parts.isAlive(id))) return false;
    const lost = await this.#parts.storage.sessions.endLost([id]);
    if (!(lost > 0)) return false;
    this.#parts.log.warn({ lost, ofNode: id }, 'a node has died: sessions that were open are closed as lost');
    return true;
  }

  /** Says when trouble begins, and when it ends. */
  #tell(failure: { readonly error: unknown } | undefined): void {
    // A storage that is not open yet is told of by whoever opens it.
    if (this.#isStopped || (failure !== undefined && isClosed(failure.error))) return;
    const isFailing = failure !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    const { log } = this.#parts;
    if (isFailing) log.warn({ error: loggable(failure.error) }, 'sessions of dead nodes cannot be ended now');
    else log.info({}, 'sessions of dead nodes are ended again');
  }
}

function isClosed(error: unknown): boolean {
  return isA(StorageError, error) && (error as StorageError).problem === 'closed';
}
