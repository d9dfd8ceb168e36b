import { HttpReceivers, type HttpTransportName } from '../load/http-receivers.ts';
import { now, payloadOf, StampedFrame } from '../load/stamps.ts';
import { Traffic } from '../load/traffic.ts';
import { pass, type Scenario } from './scenario.ts';

export interface OverHttp {
  readonly transport: HttpTransportName;
  readonly connections: number;
  readonly inFlight: number;
  readonly bytes: number;
  readonly warmMs: number;
  readonly measureMs: number;
}

/** Broadcasts to clients without WebSockets; their sender has one, and is not counted. */
export const transport: Scenario<OverHttp> = async ({ fleet, meter }, parameters) => {
  const { connections, inFlight, bytes, warmMs, measureMs } = parameters;
  const sender = await fleet.connect();
  const frame = new StampedFrame(fleet.dialect, fleet.dialect.broadcast(payloadOf(bytes)));
  const traffic = new Traffic(meter);
  let missing = 0;
  const send = (): void => {
    missing = connections * inFlight;
    sender.write(frame.bytes(now(), inFlight));
  };
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const receivers = new HttpReceivers(
    fleet.port,
    (sent) => {
      traffic.arrived(sent);
      missing -= 1;
      if (missing === 0) send();
    },
    fail,
  );
  const measure = async () => {
    for (let at = 0; at < connections; at++) await receivers.open(parameters.transport);
    send();
    await pass(warmMs);
    traffic.begin();
    await pass(measureMs);
    return traffic.end();
  };
  return Promise.race([measure(), failed]);
};
