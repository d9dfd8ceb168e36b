import type { LogEntry, LogTop } from '../../../src/backplane/log-store.ts';

/** An entry of a log for tests. */
export function entryOf(offset: number, more: Partial<LogEntry> = {}): LogEntry {
  return { offset, at: offset, messageId: undefined, bytes: new Uint8Array([offset % 256]), ...more };
}

/** A log for tests. */
export function topOf(epoch: string, last: number, more: Partial<LogTop> = {}): LogTop {
  return { epoch, base: 0, last, removals: 0, ...more };
}
