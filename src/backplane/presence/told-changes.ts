import { loggable } from '../../errors.ts';
import type { PresenceChange } from '../../hub/presence.ts';
import type { Log } from '../../log.ts';
import { isPromiseLike, promiseOf } from '../../promises.ts';

/** Calls `onPresence` of a hub. Its errors are logged, and change nothing. */
export function tellerOf(
  onPresence: ((change: PresenceChange) => unknown) | undefined,
  log: Log,
): (change: PresenceChange) => void {
  const failed = (error: unknown): void => log.error({ error: loggable(error) }, 'onPresence failed');
  return (change) => {
    try {
      const returned = onPresence?.(change);
      if (isPromiseLike(returned)) promiseOf(returned).catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}
