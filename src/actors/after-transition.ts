import { asError } from '../errors.ts';
import { closeReason } from '../protocol/close.ts';
import type { Connection } from './connection.ts';

/**
 * Hubs run when the machine is not in the middle of a transition: then an `abort` takes effect at once, and not only when
 * the code that called it is done.
 */
export function afterTransition(connection: Connection, run: () => void): void {
  queueMicrotask(() => {
    if (connection.isEnding) return;
    try {
      run();
    } catch (error) {
      connection.endWith(closeReason('actor-crashed', { error: asError(error) }));
    }
  });
}
