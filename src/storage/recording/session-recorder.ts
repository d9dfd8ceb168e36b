import type { Clock } from '../../clock.ts';
import type { ClosedSession, OpenedSession, SessionObserver } from '../../hub/session-observer.ts';
import { newSessionId } from '../../ids.ts';
import type { Log } from '../../log.ts';
import type { SessionRecord } from '../session-store.ts';
import type { OpenStorageOptions, Storage } from '../storage.ts';
import { SessionQueue } from './session-queue.ts';
import { SessionWriter, type WriterStatus } from './session-writer.ts';
import { marked } from './unknown-nodes.ts';

/** Settings of a recorder. */
export interface RecorderSettings extends OpenStorageOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  /** Number of ended sessions that may wait for the storage. Default: 10,000. */
  readonly queueLimit?: number;
}

export interface RecorderStatus extends WriterStatus {
  /** Sessions with changes that are not saved: the ended ones, at most `queueLimit`, and open ones. */
  readonly queued: number;
  /** Sessions whose end was not saved: there was no room in the queue, or no time at the end. */
  readonly dropped: number;
}

const QUEUE_LIMIT = 10_000;
const CLOSE_MS = 5_000;
/** Within this time every other node knows that this one has come back, and what it was about to end has ended. */
const KNOWN_AGAIN_MS = 30_000;

interface Open {
  readonly record: SessionRecord;
  /** Begin of the connection, in milliseconds of `Clock.now`. */
  readonly since: number;
}

/**
 * Records who was connected. Sessions are queued at once and saved later, so no connection waits for the storage.
 * Records that cannot be saved wait; beyond a limit they are dropped and counted.
 */
export class SessionRecorder implements SessionObserver {
  readonly #nodeId: string;
  readonly #clock: Clock;
  readonly #queue: SessionQueue;
  readonly #writer: SessionWriter;
  /** By connection id. */
  readonly #open = new Map<string, Open>();
  #reopening: unknown;
  #isClosed = false;

  constructor(settings: RecorderSettings) {
    const { nodeId, storage, clock, log, queueLimit = QUEUE_LIMIT } = settings;
    this.#nodeId = nodeId;
    this.#clock = clock;
    this.#queue = new SessionQueue(queueLimit, (dropped) =>
      log.warn({ dropped }, 'records of ended sessions are dropped: too many wait for the storage'),
    );
    this.#writer = new SessionWriter(storage, marked(settings), this.#queue, clock, log);
  }

  /**
   * Opens the storage. A storage that is locked or full does not keep the server from starting, nor does a failure of
   * `isAlive`: it is tried again. May be called more than once, and again after a failure.
   *
   * @throws {StorageError} when the storage cannot be used.
   */
  start(): Promise<void> {
    return this.#writer.start();
  }

  opened(session: OpenedSession): void {
    if (this.#isClosed) return;
    const { connectedAt, ageMs } = session;
    const record: SessionRecord = {
      id: newSessionId(connectedAt),
      hub: session.hub,
      connectionId: session.connectionId,
      user: session.user ?? null,
      transport: session.transport,
      protocol: session.protocol,
      remoteAddress: session.remoteAddress,
      nodeId: this.#nodeId,
      connectedAt,
      disconnectedAt: null,
      durationMs: null,
      messagesIn: null,
      messagesOut: null,
      closeReason: null,
    };
    this.#open.set(session.connectionId, { record, since: this.#clock.now() - ageMs });
    this.#add(record);
  }

  closed({ connectionId, messagesIn, messagesOut, closeReason }: ClosedSession): void {
    const open = this.#open.get(connectionId);
    if (open === undefined || this.#isClosed) return;
    this.#open.delete(connectionId);
    const { record, since } = open;
    const durationMs = Math.round(this.#clock.now() - since);
    // From the duration, so that the three values agree even when the wall clock is set forward or back meanwhile.
    const disconnectedAt = record.connectedAt + durationMs;
    this.#add({ ...record, disconnectedAt, durationMs, messagesIn, messagesOut, closeReason });
  }

  /**
   * Saves all open sessions anew: this node was not alive for a while, so others may have ended them as lost. Once more
   * after 30 s: one of the others may be about to do so now.
   */
  reopen(): void {
    if (this.#isClosed) return;
    this.#addOpen();
    this.#clock.clearTimeout(this.#reopening);
    this.#reopening = this.#clock.setTimeout(() => this.#addOpen(), KNOWN_AGAIN_MS);
  }

  /** Status for readiness and metrics. Checks the storage when its last answer is older than a second. */
  status(): RecorderStatus {
    return { ...this.#writer.status(), queued: this.#queue.size, dropped: this.#queue.dropCount };
  }

  /**
   * Saves the waiting records, then closes the storage. Sessions that are still open stay open in the storage, and are
   * marked as lost at the next start.
   *
   * @param limitMs Time limit for saving; then the remaining records are dropped, counted and logged.
   */
  close(limitMs = CLOSE_MS): Promise<void> {
    this.#isClosed = true;
    this.#clock.clearTimeout(this.#reopening);
    return this.#writer.finish(limitMs);
  }

  #addOpen(): void {
    for (const { record } of this.#open.values()) this.#add(record);
  }

  #add(record: SessionRecord): void {
    this.#queue.add(record);
    this.#writer.wake();
  }
}
