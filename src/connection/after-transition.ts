import { asError } from '../errors.ts';
import { closeReason } from '../protocol/close.ts';
import type { Report } from './lifecycle-event.ts';

/** Its callbacks run in the order of `queueMicrotask`, which would make an async resource for each. */
const NOW = Promise.resolve();

/**
 * Runs code of the hub's author when the machine is not in the middle of a transition. So an `abort` in that code takes
 * effect at once, not only when the code has returned. An error in it ends the connection (`actor-crashed`).
 */
export function afterTransition(run: () => void, report: Report): void {
  void NOW.then(() => {
    try {
      run();
    } catch (error) {
      report({ type: 'connection.ended', reason: closeReason('actor-crashed', { error: asError(error) }) });
    }
  });
}
