import { type Client, watchFor } from '../load/client.ts';
import { now, payloadOf, StampedFrame, stampAt } from '../load/stamps.ts';
import { type Timing, Traffic } from '../load/traffic.ts';
import type { Scenario } from './scenario.ts';

export interface Echo extends Timing {
  readonly connections: number;
  /** Calls that each client waits for. */
  readonly outstanding: number;
  readonly bytes: number;
}

/** Two digits, so that an answer is as long as any other. */
const FIRST_ID = 10;

/** Calls and their answers. What a client gets in one piece, it answers in one. */
export const echo: Scenario<Echo> = async ({ fleet, meter }, parameters) => {
  const { connections, outstanding, bytes } = parameters;
  await fleet.open(connections);
  const { clients, dialect } = fleet;
  const data = payloadOf(bytes);
  const frames = Array.from(
    { length: outstanding },
    (_, at) => new StampedFrame(dialect, dialect.echo(FIRST_ID + at, data)),
  );
  const answer = dialect.echoed(FIRST_ID, data);
  const traffic = new Traffic(meter);
  const idFromMark = answer.indexOf(String(FIRST_ID)) - answer.indexOf(data);
  const waiting = new Map<Client, Buffer[]>();
  const flush = (): void => {
    for (const [client, calls] of waiting)
      client.write(calls.length === 1 ? (calls[0] as Buffer) : Buffer.concat(calls));
    waiting.clear();
  };
  const call = (client: Client, frame: StampedFrame): void => {
    if (waiting.size === 0) queueMicrotask(flush);
    const calls = waiting.get(client);
    if (calls === undefined) waiting.set(client, [frame.bytes(now())]);
    else calls.push(frame.bytes(now()));
  };
  fleet.watch(
    watchFor(answer, (client, read, at) => {
      traffic.arrived(stampAt(read, at));
      const id = at + idFromMark;
      call(
        client,
        frames[((read[id] as number) - 0x30) * 10 + (read[id + 1] as number) - 0x30 - FIRST_ID] as StampedFrame,
      );
    }),
  );
  for (const client of clients) for (const frame of frames) call(client, frame);
  return traffic.measure(parameters);
};
