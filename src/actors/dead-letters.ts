import type { ActorLogic, Snapshot } from 'xstate';
import type { DeadLetterReason } from '../connection/dead-letter-reason.ts';
import type { Log } from '../log.ts';

export interface DeadLetterEvent {
  readonly type: 'deadLetter.counted';
  readonly reason: DeadLetterReason;
  readonly count: number;
  readonly connectionId: string;
}

type DeadLetterCounts = Readonly<Record<DeadLetterReason, number>>;
type DeadLetterSnapshot = Snapshot<undefined> & { readonly counts: DeadLetterCounts };

/**
 * Logic of the actor that counts dead letters by reason. It logs the first of a reason, then each time that the count
 * passes the next power of ten, so that many dead letters do not make many lines.
 */
export function deadLettersLogic(log: Log): ActorLogic<DeadLetterSnapshot, DeadLetterEvent> {
  const counts: Record<DeadLetterReason, number> = {
    'call-not-run': 0,
    'late-result': 0,
    'unknown-id': 0,
    'unknown-connection': 0,
  };
  return {
    getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined, counts }),
    transition: (snapshot, event) => {
      if (event.type !== 'deadLetter.counted') return snapshot;
      const before = counts[event.reason];
      counts[event.reason] = before + event.count;
      if (magnitude(before) < magnitude(counts[event.reason])) {
        log.info(
          { reason: event.reason, connectionId: event.connectionId, total: counts[event.reason] },
          'dead letters',
        );
      }
      return snapshot;
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}

/** Collects dead letters, and reports them once a turn of the event loop: clients can cause hundreds of thousands. */
export class DeadLetterTally {
  readonly #nextTurn: (run: () => void) => void;
  readonly #report: (event: DeadLetterEvent) => void;
  readonly #counts = new Map<DeadLetterReason, { count: number; connectionId: string }>();

  constructor(nextTurn: (run: () => void) => void, report: (event: DeadLetterEvent) => void) {
    this.#nextTurn = nextTurn;
    this.#report = report;
  }

  /** Counts dead letters. @param connectionId Connection of the latest one, as an example. */
  add(reason: DeadLetterReason, count: number, connectionId: string): void {
    if (this.#counts.size === 0) this.#nextTurn(() => this.flush());
    const counted = this.#counts.get(reason);
    if (counted === undefined) this.#counts.set(reason, { count, connectionId });
    else {
      counted.count += count;
      counted.connectionId = connectionId;
    }
  }

  /** Reports all that have not been reported. */
  flush(): void {
    const counts = [...this.#counts];
    this.#counts.clear();
    for (const [reason, { count, connectionId }] of counts) {
      this.#report({ type: 'deadLetter.counted', reason, count, connectionId });
    }
  }
}

function magnitude(count: number): number {
  return count === 0 ? 0 : Math.floor(Math.log10(count)) + 1;
}
