import type { LogTop } from '../log-store.ts';

/** How far a log has gone, for the other nodes to compare with what they have heard. */
export type AnnouncedLog = Pick<LogTop, 'epoch' | 'last' | 'removals'> & { readonly log: string };

interface SentLog {
  readonly announced: AnnouncedLog;
  /** Number of beacons that have named it. */
  named: number;
}

/** Two beacons name a log, so that one of them may be lost. */
const NAMED = 2;

/** Logs that this node has changed lately. Since nothing may follow a lost entry, beacons name them. */
export class SentLogs {
  readonly #logs = new Map<string, SentLog>();

  get size(): number {
    return this.#logs.size;
  }

  changed(log: string, { epoch, last, removals }: Omit<AnnouncedLog, 'log'>): void {
    this.#logs.set(log, { announced: { log, epoch, last, removals }, named: 0 });
  }

  /** For a beacon. */
  announce(): readonly AnnouncedLog[] {
    const all: AnnouncedLog[] = [];
    for (const [log, sent] of this.#logs) {
      all.push(sent.announced);
      sent.named += 1;
      if (sent.named >= NAMED) this.#logs.delete(log);
    }
    return all;
  }
}
