import type { Clock } from '../clock.ts';
import type { ClosedSession, OpenedSession, SessionObserver } from '../hub/session-observer.ts';
import { newSessionId } from '../ids.ts';
import type { Log } from '../log.ts';
import { SessionQueue } from './session-queue.ts';
import { SessionWriter, type WriterStatus } from './session-writer.ts';
import type { SessionRecord, Storage } from './storage.ts';

/** What a recorder needs, and may be given. */
export interface RecorderSettings {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  /** How many ended sessions may wait for the storage. Default: 10,000. */
  readonly queueLimit?: number;
  /** The time of day, in milliseconds since 1970. Default: the system's. */
  readonly timeOfDay?: () => number;
}

export interface RecorderStatus extends WriterStatus {
  /** Sessions with changes that are not saved: the ended ones, at most `queueLimit`, and open ones. */
  readonly queued: number;
  /** Sessions whose end will never be saved: there was no room in the queue, or no time at the end. */
  readonly dropped: number;
}

const QUEUE_LIMIT = 10_000;
const CLOSE_MS = 5_000;

interface Open {
  readonly record: SessionRecord;
  /** On the clock, which never jumps. */
  readonly since: number;
}

/**
 * Writes down who was connected. It hears of sessions at once and has them saved later; nobody ever waits for it. What
 * cannot be saved waits, and past a limit is dropped and counted.
 */
export class SessionRecorder implements SessionObserver {
  readonly #clock: Clock;
  readonly #timeOfDay: () => number;
  readonly #queue: SessionQueue;
  readonly #writer: SessionWriter;
  /** By connection id. */
  readonly #open = new Map<string, Open>();
  #isClosed = false;

  constructor({ storage, clock, log, queueLimit = QUEUE_LIMIT, timeOfDay = Date.now }: RecorderSettings) {
    this.#clock = clock;
    this.#timeOfDay = timeOfDay;
    this.#queue = new SessionQueue(queueLimit, (dropped) =>
      log.warn({ dropped }, 'records of ended sessions are dropped: too many wait for the storage'),
    );
    this.#writer = new SessionWriter(storage, this.#queue, clock, log);
  }

  /**
   * Opens the storage. One that is locked or full does not keep a server from starting: it is tried again. May be called
   * more than once, and again after a failure.
   *
   * @throws {StorageError} when the storage cannot be used.
   */
  start(): Promise<void> {
    return this.#writer.start();
  }

  opened(session: OpenedSession): void {
    if (this.#isClosed) return;
    const { connectedAt } = session;
    const record: SessionRecord = {
      id: newSessionId(connectedAt),
      hub: session.hub,
      connectionId: session.connectionId,
      user: session.user ?? null,
      transport: session.transport,
      remoteAddress: session.remoteAddress,
      connectedAt,
      disconnectedAt: null,
      durationMs: null,
      messagesIn: null,
      messagesOut: null,
      closeReason: null,
    };
    // The handshake has taken a while, and somebody may have set the time of day back.
    const since = this.#clock.now() - Math.max(0, this.#timeOfDay() - connectedAt);
    this.#open.set(session.connectionId, { record, since });
    this.#add(record);
  }

  closed({ connectionId, messagesIn, messagesOut, closeReason }: ClosedSession): void {
    const open = this.#open.get(connectionId);
    if (open === undefined || this.#isClosed) return;
    this.#open.delete(connectionId);
    const { record, since } = open;
    const durationMs = Math.max(0, Math.round(this.#clock.now() - since));
    // By the duration, so that the three agree whatever happens to the time of day.
    const disconnectedAt = record.connectedAt + durationMs;
    this.#add({ ...record, disconnectedAt, durationMs, messagesIn, messagesOut, closeReason });
  }

  /** For readiness and metrics. Has the storage asked, if it has not been heard of for a second. */
  status(): RecorderStatus {
    return { ...this.#writer.status(), queued: this.#queue.size, dropped: this.#queue.dropCount };
  }

  /**
   * Saves what waits, and closes the storage. Sessions that are still open stay so, and are found lost at the next start.
   *
   * @param limitMs How long the saving may take; then what is left is dropped, counted and logged.
   */
  close(limitMs = CLOSE_MS): Promise<void> {
    this.#isClosed = true;
    return this.#writer.finish(limitMs);
  }

  #add(record: SessionRecord): void {
    this.#queue.add(record);
    this.#writer.wake();
  }
}
