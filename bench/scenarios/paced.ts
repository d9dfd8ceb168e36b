import { watchFor } from '../load/client.ts';
import { now, payloadOf, StampedFrame, stampAt } from '../load/stamps.ts';
import { type Timing, Traffic } from '../load/traffic.ts';
import type { Scenario } from './scenario.ts';

export interface Paced extends Timing {
  readonly connections: number;
  readonly messagesPerSecond: number;
  readonly bytes: number;
}

/** A server that is not fully loaded: broadcasts at a steady rate. */
export const paced: Scenario<Paced> = async ({ fleet, meter }, parameters) => {
  const { connections, messagesPerSecond, bytes } = parameters;
  await fleet.open(connections);
  const { clients, dialect } = fleet;
  const data = payloadOf(bytes);
  const frame = new StampedFrame(dialect, dialect.broadcast(data));
  const traffic = new Traffic(meter);
  fleet.watch(watchFor(dialect.delivery(data), (_client, read, at) => traffic.arrived(stampAt(read, at))));
  const timer = setInterval(() => clients[0]?.write(frame.bytes(now())), 1_000 / messagesPerSecond);
  const figures = await traffic.measure(parameters);
  clearInterval(timer);
  return figures;
};
