import { watchFor } from '../load/client.ts';
import { now, payloadOf, StampedFrame, stampAt } from '../load/stamps.ts';
import { type Timing, Traffic } from '../load/traffic.ts';
import type { Scenario } from './scenario.ts';

export interface Whisper extends Timing {
  readonly connections: number;
  /** So many of them take part; the others only listen. */
  readonly talkers: number;
  /** Whispers that are on their way, each from and to somebody at random. */
  readonly inFlight: number;
  readonly bytes: number;
}

/** From one client to another, by connection id. What it costs must not depend on how many others there are. */
export const whisper: Scenario<Whisper> = async ({ fleet, meter }, parameters) => {
  const { connections, talkers, inFlight, bytes } = parameters;
  await fleet.open(connections, { ids: true });
  const { clients, dialect } = fleet;
  const data = payloadOf(bytes);
  const frames = clients.map((client) => new StampedFrame(dialect, dialect.whisper(client.id, data)));
  const traffic = new Traffic(meter);
  const any = (): number => Math.floor(Math.random() * talkers);
  const send = (): void => clients[any()]?.write((frames[any()] as StampedFrame).bytes(now()));
  fleet.watch(
    watchFor(dialect.delivery(data), (_client, read, at) => {
      traffic.arrived(stampAt(read, at));
      send();
    }),
  );
  for (let at = 0; at < inFlight; at++) send();
  return traffic.measure(parameters);
};
