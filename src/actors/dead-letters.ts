import type { ActorLogic, Snapshot } from 'xstate';
import type { Log } from '../log.ts';

/**
 * Why something did not reach anybody: calls of a connection that ended before they ran, a result after its call had been
 * answered, a record about a stream or a question that does not exist, a message to a connection that is not there.
 */
export type DeadLetterReason = 'call-not-run' | 'late-result' | 'unknown-id' | 'unknown-connection';

export interface DeadLetterEvent {
  readonly type: 'letters.died';
  readonly reason: DeadLetterReason;
  readonly count: number;
  readonly connectionId: string;
}

type DeadLetterCounts = Readonly<Record<DeadLetterReason, number>>;
type DeadLetterSnapshot = Snapshot<undefined> & { readonly counts: DeadLetterCounts };

/**
 * Counts dead letters by reason, and logs a sample: the first of a reason, then whenever the count passes the next power of
 * ten, so that a flood of them is no flood of lines.
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
      if (event.type !== 'letters.died') return snapshot;
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

function magnitude(count: number): number {
  return count === 0 ? 0 : Math.floor(Math.log10(count)) + 1;
}
