import { asError } from '../errors.ts';
import { closeReason } from '../protocol/close.ts';
import type { Connection } from './connection.ts';

/** What is chained to it runs in the same order as with `queueMicrotask`, which makes an async resource each time. */
const NOW = Promise.resolve();

/**
 * Hubs run when the machine is not in the middle of a transition: then an `abort` takes effect at once, and not only when
 * the code that called it is done.
 */
export function afterTransition(connection: Connection, run: () => void): void {
  void NOW.then(() => {
    if (connection.isEnding) return;
    try {
      run();
    } catch (error) {
      connection.endWith(closeReason('actor-crashed', { error: asError(error) }));
    }
  });
}
