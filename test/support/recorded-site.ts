import { expect, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { SessionRecorder } from '../../src/storage/recording/session-recorder.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { CollectedLog } from './collected-log.ts';
import { eventually } from './inbox.ts';
import { closedSession, openedSession } from './recorded-sessions.ts';

/** A recorder over a real database that gets into trouble, while connections open and close. */
export class RecordedSite<S extends Storage> {
  readonly storage: S;
  readonly log = new CollectedLog();
  readonly recorder: SessionRecorder;
  #count = 0;

  constructor(storage: S) {
    this.storage = storage;
    this.recorder = new SessionRecorder({ ...ALONE, storage, clock: systemClock, log: this.log });
    onTestFinished(() => this.recorder.close());
  }

  /** Starts it, and records some sessions. */
  async open(): Promise<this> {
    await this.recorder.start();
    this.visit(10);
    await this.ready();
    return this;
  }

  visit(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const connectionId = `${this.#count}`;
      this.#count += 1;
      this.recorder.opened(openedSession(connectionId));
      this.recorder.closed(closedSession(connectionId));
    }
  }

  degraded(error: RegExp): Promise<void> {
    return eventually(() => error.test(this.recorder.status().trouble?.detail ?? ''));
  }

  /** Resolves when everything is saved. */
  saved(): Promise<void> {
    return eventually(() => {
      const { state, queued } = this.recorder.status();
      return state === 'ready' && queued === 0;
    });
  }

  /** Checks that everything is saved, and is there once. */
  async ready(): Promise<void> {
    await this.saved();
    const records = await this.storage.sessions.list({ open: false, limit: 100_000 });
    expect(new Set(records.map(({ connectionId }) => connectionId)).size).toBe(this.#count);
    expect(records).toHaveLength(this.#count);
    expect(this.recorder.status().dropped).toBe(0);
  }
}
