import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { responseOn } from './upgrade-response.ts';

/** Callbacks that see the events of a server before its listeners do. */
interface Taker {
  /** Takes an event, or returns false to leave it to others. */
  take(event: string, args: readonly unknown[]): boolean;
  /** Nobody has taken it, and the listeners get it. */
  left(event: string, args: readonly unknown[]): void;
}

interface Interception {
  readonly takers: Set<Taker>;
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
export function intercept(http: Server, taker: Taker): () => void {
  const interception = interceptions.get(http) ?? begin(http);
  interception.takers.add(taker);
  return () => {
    if (!interception.takers.delete(taker) || interception.takers.size > 0) return;
    interceptions.delete(http);
    interception.undo();
  };
}

function begin(http: Server): Interception {
  const takers = new Set<Taker>();
  const before = http.emit;
  const emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    for (const taker of takers) if (taker.take(event, args)) return true;
    for (const taker of takers) taker.left(event, args);
    return Reflect.apply(before, this, [event, ...args]);
  } as typeof http.emit;
  // Node reports upgrades only to servers that listen for them.
  const unclaimed = (request: IncomingMessage, socket: Duplex): void => {
    // One that nobody wants is an ordinary request: it goes to whom it would have gone to without us.
    if (http.listenerCount('upgrade') === 1) http.emit('request', request, responseOn(request, socket));
  };
  http.emit = emit;
  http.on('upgrade', unclaimed);
  const interception: Interception = {
    takers,
    undo() {
      http.off('upgrade', unclaimed);
      // Somebody who wrapped it after us keeps his wrapping; without takers ours lets everything pass.
      if (http.emit === emit) http.emit = before;
    },
  };
  interceptions.set(http, interception);
  return interception;
}
