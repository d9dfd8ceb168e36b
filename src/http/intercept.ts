import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { upgradeResponse } from './upgrade-response.ts';

/** Callbacks that see the events of a server before its listeners do. */
interface Interceptor {
  /** Takes an event, or returns false to leave it to others. */
  intercept(event: string, args: readonly unknown[]): boolean;
  /** Nobody has taken it, and the listeners get it. */
  passedOn(event: string, args: readonly unknown[]): void;
}

interface Interception {
  readonly interceptors: Set<Interceptor>;
  undo(): void;
}

/** Several of ours may share a server of the user's. */
const interceptions = new WeakMap<Server, Interception>();

/**
 * Lets a taker have a server's requests and upgrades before any listener sees them: it does not matter who came first, and
 * nobody answers twice. See docs/decisions/0007-attach.md.
 *
 * @returns the opposite. When the last taker has gone, the server is as it was.
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
    for (const interceptor of interceptors) if (interceptor.intercept(event, args)) return true;
    for (const interceptor of interceptors) interceptor.passedOn(event, args);
    return Reflect.apply(before, this, [event, ...args]);
  } as typeof http.emit;
  // Node reports upgrades only to servers that listen for them.
  const unclaimed = (request: IncomingMessage, socket: Duplex): void => {
    // One that nobody wants is an ordinary request: it goes to whom it would have gone to without us.
    if (http.listenerCount('upgrade') === 1) http.emit('request', request, upgradeResponse(request, socket));
  };
  http.emit = emit;
  http.on('upgrade', unclaimed);
  const interception: Interception = {
    interceptors,
    undo() {
      http.off('upgrade', unclaimed);
      // Somebody who wrapped it after us keeps his wrapping; without takers ours lets everything pass.
      if (http.emit === emit) http.emit = before;
    },
  };
  interceptions.set(http, interception);
  return interception;
}
