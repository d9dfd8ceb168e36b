import { watchFor } from '../load/client.ts';
import { Rounds } from '../load/rounds.ts';
import { now, payloadOf, StampedFrame, stampAt } from '../load/stamps.ts';
import { type Timing, Traffic } from '../load/traffic.ts';
import type { Scenario } from './scenario.ts';

export interface Group extends Timing {
  readonly connections: number;
  readonly groups: number;
  readonly members: number;
  /** Number of messages in one write, each to another group. */
  readonly inFlight: number;
  readonly bytes: number;
}

/** Messages to groups; each client is in several groups. */
export const group: Scenario<Group> = async ({ fleet, meter }, parameters) => {
  const { connections, groups, members, inFlight, bytes } = parameters;
  await fleet.open(connections);
  const { clients, dialect } = fleet;
  const name = (at: number): string => `group-${at}`;
  const perClient = (groups * members) / connections;
  for (let turn = 0; turn < perClient; turn++) {
    const joining = (at: number): string => name((at + turn * Math.floor(groups / perClient)) % groups);
    await Promise.all(
      clients.map((client, at) => client.ask(dialect.join(10 + turn, joining(at)), dialect.joined(10 + turn))),
    );
  }
  const data = payloadOf(bytes);
  const frames = Array.from({ length: groups }, (_, at) => new StampedFrame(dialect, dialect.toGroup(name(at), data)));
  const traffic = new Traffic(meter);
  let sender = 0;
  let next = 0;
  const rounds = new Rounds(traffic, members * inFlight, () => {
    sender = (sender + 1) % connections;
    const time = now();
    const messages: Buffer[] = [];
    for (let at = 0; at < inFlight; at++) {
      next = (next + 1) % groups;
      messages.push((frames[next] as StampedFrame).bytes(time));
    }
    clients[sender]?.write(Buffer.concat(messages));
  });
  fleet.watch(watchFor(dialect.delivery(data), (_client, read, at) => rounds.arrived(stampAt(read, at))));
  rounds.start();
  return traffic.measure(parameters);
};
