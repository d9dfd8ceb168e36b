import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { responseOn } from '../transports/upgrade-response.ts';

/** Takes an event of a server, or returns false to leave it to others. */
type Taker = (event: string, args: readonly unknown[]) => boolean;

interface Interception {
  readonly takers: Set<Taker>;
  undo(): void;
}

/** Several of ours may share a server of the user's. */
const interceptions = new WeakMap<Server, Interception>();

/**
 * Lets `take` have a server's requests and upgrades before any listener sees them: it does not matter who came first, and
 * nobody answers twice. See docs/decisions/0007-attach.md.
 *
 * @returns the opposite. When the last taker has gone, the server is as it was.
 */
export function intercept(http: Server, take: Taker): () => void {
  const interception = interceptions.get(http) ?? begin(http);
  interception.takers.add(take);
  return () => {
    if (!interception.takers.delete(take) || interception.takers.size > 0) return;
    interceptions.delete(http);
    interception.undo();
  };
}

function begin(http: Server): Interception {
  const takers = new Set<Taker>();
  const before = http.emit;
  const emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    for (const taker of takers) if (taker(event, args)) return true;
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
