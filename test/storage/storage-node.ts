import { LostSessions } from '../../src/storage/recording/lost-sessions.ts';
import { SessionRecorder } from '../../src/storage/recording/session-recorder.ts';
import type { SessionStore } from '../../src/storage/session-store.ts';
import { type OpenedStorage, type OpenStorageOptions, type Storage, StorageError } from '../../src/storage/storage.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { closedSession, openedSession } from '../support/recorded-sessions.ts';

/** What nodes know of each other, as a backplane tells it. */
export interface Leases {
  isAlive(nodeId: string): Promise<boolean>;
  takeTurn(name: string, ms: number): Promise<boolean>;
}

/** Life of a process: a paused one hears no answer until it goes on, and a dead one asks nothing more. */
export class Process {
  /** Answers that the storage has not given yet. */
  readonly pending = new Set<Promise<unknown>>();
  isDead = false;
  #goesOn: Promise<void> | undefined;
  #resume: () => void = () => {};

  get isPaused(): boolean {
    return this.#goesOn !== undefined;
  }

  pause(): void {
    this.#goesOn = new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#goesOn = undefined;
    this.#resume();
  }

  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.isDead) return new Promise(() => {});
    const answer = question();
    const settled = answer.catch(() => {}).finally(() => this.pending.delete(settled));
    this.pending.add(settled);
    await settled;
    while (this.#goesOn !== undefined) await this.#goesOn;
    return this.isDead ? new Promise(() => {}) : answer;
  }
}

/** A storage as one process has it. */
class ProcessStorage implements Storage {
  readonly place = 'shared';
  readonly sessions: SessionStore;
  isFailing = false;
  readonly #inner: Storage;
  readonly #process: Process;

  constructor(inner: Storage, process: Process) {
    this.#inner = inner;
    this.#process = process;
    const { sessions } = inner;
    this.sessions = {
      save: (records) => this.#ask(() => sessions.save(records)),
      list: (query) => this.#ask(() => sessions.list(query)),
      openNodes: () => this.#ask(() => sessions.openNodes()),
      endLost: (nodeIds) => this.#ask(() => sessions.endLost(nodeIds)),
      prune: (kept, limit) => this.#ask(() => sessions.prune(kept, limit)),
    };
  }

  open(options: OpenStorageOptions): Promise<OpenedStorage> {
    return this.#ask(() => this.#inner.open(options));
  }

  async close(): Promise<void> {}

  #ask<T>(question: () => Promise<T>): Promise<T> {
    const refused = () => Promise.reject(new StorageError('locked', 'It is locked.'));
    return this.#process.ask(this.isFailing ? refused : question);
  }
}

/** A node that shares a storage, with the parts of a server that record sessions and end those of others. */
export class StorageNode {
  readonly clock = new SimulatedClock();
  readonly process = new Process();
  readonly log = new CollectedLog();
  readonly storage: ProcessStorage;
  readonly recorder: SessionRecorder;
  readonly lost: LostSessions;
  /** Connection ids of sessions. */
  readonly open = new Set<string>();
  readonly over = new Set<string>();
  /** Whether others have ever had a reason to take it for dead. */
  wasAway = false;
  readonly id: string;
  #count = 0;

  constructor(id: string, inner: Storage, leases: Leases) {
    const { clock, log, process } = this;
    this.id = id;
    this.storage = new ProcessStorage(inner, process);
    const parts = { nodeId: id, storage: this.storage, clock, log };
    // Not within the process: a storage that is being opened would wait for a dead one.
    this.recorder = new SessionRecorder({ ...parts, isAlive: (nodeId) => leases.isAlive(nodeId) });
    this.lost = new LostSessions({
      ...parts,
      isAlive: (nodeId) => process.ask(() => leases.isAlive(nodeId)),
      takeTurn: (name, ms) => process.ask(() => leases.takeTurn(name, ms)),
    });
  }

  connect(): void {
    const connectionId = `${this.id}-${++this.#count}`;
    this.open.add(connectionId);
    this.recorder.opened(openedSession(connectionId, { connectedAt: this.clock.wallNow() }));
  }

  disconnect(): void {
    const [connectionId] = this.open;
    if (connectionId === undefined) return;
    this.open.delete(connectionId);
    this.over.add(connectionId);
    this.recorder.closed(closedSession(connectionId));
  }
}
