// A process of its own that records sessions as fast as it can, and reports which saves were acknowledged. The test has
// to kill it.
import { appendFileSync } from 'node:fs';
import { systemClock } from '../../src/clock.ts';
import { createStorage } from '../../src/storage/create-storage.ts';
import { SessionRecorder } from '../../src/storage/recording/session-recorder.ts';
import type { SessionStore } from '../../src/storage/session-store.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { closedSession, openedSession } from './recorded-sessions.ts';

const OPEN_AT_ONCE = 300;
const QUEUED_AT_ONCE = 1_000;
const [, , url = '', acknowledgements = '', name = ''] = process.argv;
const inner = createStorage(url);

const sessions: SessionStore = {
  list: (query) => inner.sessions.list(query),
  openNodes: () => inner.sessions.openNodes(),
  endLost: (nodeIds) => inner.sessions.endLost(nodeIds),
  prune: (kept, limit) => inner.sessions.prune(kept, limit),
  async save(records) {
    await inner.sessions.save(records);
    // Synchronous and to a file, so that a reported line is not lost when the process ends at any moment.
    const lines = records.map(({ connectionId, closeReason }) => `${connectionId} ${closeReason ?? 'open'}\n`);
    appendFileSync(acknowledgements, lines.join(''));
    console.log('saved');
  },
};

const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const storage: Storage = { sessions, open: (options) => inner.open(options), close: () => inner.close() };
const recorder = new SessionRecorder({ ...ALONE, storage, clock: systemClock, log });
await recorder.start();

let count = 0;
function oneMore(): void {
  recorder.opened(openedSession(`${name}-${count}`));
  if (count >= OPEN_AT_ONCE) recorder.closed(closedSession(`${name}-${count - OPEN_AT_ONCE}`));
  count += 1;
}

/** Records as many sessions as the storage takes, so that a save is always running. */
function load(): void {
  while (recorder.status().queued < QUEUED_AT_ONCE) oneMore();
  setImmediate(load);
}
load();
