import { asError } from '../errors.ts';
import { closeReason } from '../protocol/close.ts';
import type { Report } from './lifecycle-event.ts';

/** What is chained to it runs in the same order as with `queueMicrotask`, which makes an async resource each time. */
const NOW = Promise.resolve();

/**
 * Runs code of the hub's author when the machine is not in the middle of a transition: then an `abort` takes effect at
 * once, and not only when the code that called it is done. What it throws ends the connection.
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
