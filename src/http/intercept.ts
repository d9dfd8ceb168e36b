import type { Server } from 'node:http';
import { readAsOrdinary, readWithoutListeners, type Upgrade } from './ordinary-request.ts';

/** Callbacks that see the events of a server before its listeners do. */
interface Interceptor {
  /**
   * Handles an event, or returns false to leave it to others; 'ordinary': an upgrade that is not spoken here comes again
   * as an ordinary request.
   */
  intercept(event: string, args: readonly unknown[]): boolean | 'ordinary';
  /** No interceptor has handled the event: it goes on to the listeners. */
  passedOn(event: string, args: readonly unknown[]): void;
}

interface Interception {
  readonly interceptors: Set<Interceptor>;
  undo(): void;
}

/** Several of our servers may be attached to one HTTP server of the user. */
const interceptions = new WeakMap<Server, Interception>();

/**
 * Lets an interceptor handle a server's requests and upgrades before any listener sees them. The order in which
 * listeners were added does not matter, and no request is answered twice. See docs/decisions/0007-attach.md.
 *
 * @returns a function that removes the interceptor. Without interceptors the server is as it was.
 */
export function intercept(http: Server, interceptor: Interceptor): () => void {
  const interception = interceptions.get(http) ?? begin(http);
  interception.interceptors.add(interceptor);
  return () => {
    if (!interception.interceptors.delete(interceptor) || interception.interceptors.size > 0) return;
    interceptions.delete(http);
    interception.undo();
  };
}

function begin(http: Server): Interception {
  const interceptors = new Set<Interceptor>();
  const before = http.emit;
  const emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    for (const interceptor of interceptors) {
      const handled = interceptor.intercept(event, args);
      if (handled === 'ordinary') readAsOrdinary(http, args as Upgrade);
      if (handled !== false) return true;
    }
    for (const interceptor of interceptors) interceptor.passedOn(event, args);
    return Reflect.apply(before, this, [event, ...args]);
  } as typeof http.emit;
  // Node reports upgrades only to servers that listen for them.
  const unclaimed = (...args: Upgrade): void => {
    // An upgrade without a handler is an ordinary request, as it would be without this listener.
    if (http.listenerCount('upgrade') === 1) readWithoutListeners(http, args);
  };
  http.emit = emit;
  http.on('upgrade', unclaimed);
  const interception: Interception = {
    interceptors,
    undo() {
      http.off('upgrade', unclaimed);
      // Code that wrapped `emit` after us keeps its wrapper; without interceptors ours passes every event on.
      if (http.emit === emit) http.emit = before;
    },
  };
  interceptions.set(http, interception);
  return interception;
}
