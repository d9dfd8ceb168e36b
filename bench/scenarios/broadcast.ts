import { watchFor } from '../load/client.ts';
import { now, payloadOf, StampedFrame, stampAt } from '../load/stamps.ts';
import { Traffic } from '../load/traffic.ts';
import { pass, type Scenario } from './scenario.ts';

export interface Broadcast {
  readonly connections: number;
  /** So many are sent in one write; the next ones when everybody has got them. */
  readonly inFlight: number;
  readonly bytes: number;
  readonly warmMs: number;
  readonly measureMs: number;
}

/** One client sends to all, another client the next time. */
export const broadcast: Scenario<Broadcast> = async ({ fleet, meter }, parameters) => {
  const { connections, inFlight, bytes, warmMs, measureMs } = parameters;
  await fleet.open(connections);
  const { clients, dialect } = fleet;
  const data = payloadOf(bytes);
  const frame = new StampedFrame(dialect, dialect.broadcast(data));
  const traffic = new Traffic(meter);
  let sender = 0;
  let missing = 0;
  const send = (): void => {
    missing = connections * inFlight;
    sender = (sender + 1) % connections;
    clients[sender]?.write(frame.bytes(now(), inFlight));
  };
  fleet.watch(
    watchFor(dialect.delivery(data), (_client, bytesRead, at) => {
      traffic.arrived(stampAt(bytesRead, at));
      missing -= 1;
      if (missing === 0) send();
    }),
  );
  send();
  await pass(warmMs);
  traffic.begin();
  await pass(measureMs);
  return traffic.end();
};
