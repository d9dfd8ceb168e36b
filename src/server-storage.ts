import { NO_SESSIONS, type SessionObserver } from './hub/session-observer.ts';
import type { Log } from './log.ts';
import type { ResolvedOptions } from './options.ts';
import { LostSessions } from './storage/recording/lost-sessions.ts';
import { SessionRecorder } from './storage/recording/session-recorder.ts';
import { Retention } from './storage/retention/retention.ts';
import type { HealthProblem } from './web/health.ts';

/** Other nodes that share the storage, as far as it has to know them. */
export interface StorageNeighbours {
  readonly nodeId: string;
  /** Whether another node is alive. */
  isAlive(nodeId: string): boolean | Promise<boolean>;
  /** As `Backplane.takeTurn`. undefined: there are no other nodes. */
  readonly takeTurn: ((name: string, ms: number) => Promise<boolean>) | undefined;
}

/** What a server does with its storage by itself: it records sessions, and deletes what is too old. */
export class ServerStorage {
  readonly #recorder: SessionRecorder | undefined;
  readonly #retention: Retention | undefined;
  readonly #lost: LostSessions | undefined;
  #isOpen = false;

  constructor(options: ResolvedOptions, neighbours: StorageNeighbours, log: Log) {
    const { storage, retention, clock } = options;
    if (storage === undefined) return;
    const { takeTurn } = neighbours;
    this.#recorder = new SessionRecorder({ storage, clock, log, ...neighbours });
    this.#lost = takeTurn && new LostSessions({ storage, clock, log, ...neighbours, takeTurn });
    this.#retention = new Retention({ storage, retention, clock, log });
  }

  get sessions(): SessionObserver {
    return this.#recorder ?? NO_SESSIONS;
  }

  get problem(): HealthProblem | undefined {
    const trouble = this.#recorder?.status().trouble;
    return trouble && { part: 'storage', ...trouble };
  }

  /** Opens the storage. @throws {StorageError} when it cannot be used. */
  async open(): Promise<void> {
    await this.#recorder?.start();
    this.#isOpen = true;
    this.#lost?.check();
  }

  /** Other nodes have come or gone: those that have gone may have left sessions behind. */
  nodesChanged(): void {
    if (this.#isOpen) this.#lost?.check();
  }

  /** The other nodes have taken this one for dead, and may have ended its sessions. */
  revived(): void {
    this.#recorder?.reopen();
  }

  /** Begins to delete what is too old. */
  startRetention(): void {
    this.#retention?.start();
  }

  /** Saves what waits, and closes the storage. Never rejects. */
  async close(): Promise<void> {
    this.#retention?.stop();
    this.#lost?.stop();
    await this.#recorder?.close();
  }
}
