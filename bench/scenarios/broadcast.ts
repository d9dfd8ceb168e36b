import { watchFor } from '../load/client.ts';
import { Rounds } from '../load/rounds.ts';
import { now, payloadOf, StampedFrame, stampAt } from '../load/stamps.ts';
import { type Timing, Traffic } from '../load/traffic.ts';
import type { Scenario } from './scenario.ts';

export interface Broadcast extends Timing {
  readonly connections: number;
  /** So many are sent in one write; the next ones when everybody has got them. */
  readonly inFlight: number;
  readonly bytes: number;
}

/** One client sends to all, another client the next time. */
export const broadcast: Scenario<Broadcast> = async ({ fleet, meter }, parameters) => {
  const { connections, inFlight, bytes } = parameters;
  await fleet.open(connections);
  const { clients, dialect } = fleet;
  const data = payloadOf(bytes);
  const frame = new StampedFrame(dialect, dialect.broadcast(data));
  const traffic = new Traffic(meter);
  let sender = 0;
  const rounds = new Rounds(traffic, connections * inFlight, () => {
    sender = (sender + 1) % connections;
    clients[sender]?.write(frame.bytes(now(), inFlight));
  });
  fleet.watch(watchFor(dialect.delivery(data), (_client, read, at) => rounds.arrived(stampAt(read, at))));
  rounds.next();
  return traffic.measure(parameters);
};
