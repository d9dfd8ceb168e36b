import { watchFor } from './client.ts';
import type { Fleet } from './fleet.ts';
import type { Counter, Flow } from './flow.ts';
import { Rounds } from './rounds.ts';
import { now, payloadOf, StampedFrame, stampAt } from './stamps.ts';

export interface BroadcastRound {
  /** Number of messages in one write. The next ones are sent when every client has received these. */
  readonly inFlight: number;
  readonly bytes: number;
}

/** One client of the fleet sends to all of them, another client the next time. */
export function broadcasts(fleet: Fleet, { inFlight, bytes }: BroadcastRound, counter: Counter): Flow {
  const { clients, dialect } = fleet;
  const data = payloadOf(bytes);
  const frame = new StampedFrame(dialect, dialect.broadcast(data));
  let sender = 0;
  const rounds = new Rounds(counter, clients.length * inFlight, () => {
    sender = (sender + 1) % clients.length;
    clients[sender]?.write(frame.bytes(now(), inFlight));
  });
  fleet.watch(watchFor(dialect.delivery(data), (_client, read, at) => rounds.arrived(stampAt(read, at))));
  return rounds;
}
