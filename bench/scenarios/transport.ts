import { HttpReceivers, type HttpTransportName } from '../load/http-receivers.ts';
import { Rounds } from '../load/rounds.ts';
import { now, payloadOf, StampedFrame } from '../load/stamps.ts';
import { type Timing, Traffic } from '../load/traffic.ts';
import type { Scenario } from './scenario.ts';

export interface OverHttp extends Timing {
  readonly transport: HttpTransportName;
  readonly connections: number;
  readonly inFlight: number;
  readonly bytes: number;
}

/** Broadcasts to clients over HTTP transports. The sender has a WebSocket, and is not counted. */
export const transport: Scenario<OverHttp> = async ({ fleet, meter }, parameters) => {
  const { connections, inFlight, bytes } = parameters;
  const sender = await fleet.connect();
  const frame = new StampedFrame(fleet.dialect, fleet.dialect.broadcast(payloadOf(bytes)));
  const traffic = new Traffic(meter);
  const rounds = new Rounds(traffic, connections * inFlight, () => sender.write(frame.bytes(now(), inFlight)));
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const receivers = new HttpReceivers(fleet.port, (sent) => rounds.arrived(sent), fail);
  const measure = async () => {
    for (let at = 0; at < connections; at++) await receivers.open(parameters.transport);
    rounds.start();
    return traffic.measure(parameters);
  };
  return Promise.race([measure(), failed]);
};
