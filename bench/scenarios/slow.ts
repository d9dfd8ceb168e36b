import { setTimeout as pass } from 'node:timers/promises';
import { type Client, watchFor } from '../load/client.ts';
import { now, payloadOf, StampedFrame, stampAt } from '../load/stamps.ts';
import { Traffic } from '../load/traffic.ts';
import type { Scenario } from './scenario.ts';

export interface Slow {
  readonly connections: number;
  /** Number of connections that stop reading. */
  readonly slow: number;
  readonly messagesPerSecond: number;
  readonly bytes: number;
  /** Number of messages that are sent first, to fill the kernel's buffers of clients that do not read. */
  readonly fill: number;
  readonly fillMs: number;
  readonly measureMs: number;
}

/** Time for the slow clients to read the rest, and to notice that they have been disconnected. */
const READ_MS = 3_000;

/**
 * Some clients read nothing, while broadcasts continue. Measures the effect on the others, and the end of the slow
 * clients.
 */
export const slow: Scenario<Slow> = async ({ fleet, meter }, parameters) => {
  const { connections, messagesPerSecond, bytes, fill, fillMs, measureMs } = parameters;
  await fleet.open(connections);
  const { clients, dialect } = fleet;
  const sender = clients[0] as Client;
  const slowClients = clients.slice(connections - parameters.slow);
  const healthy = connections - parameters.slow;
  const data = payloadOf(bytes);
  const frame = new StampedFrame(dialect, dialect.broadcast(data));
  const traffic = new Traffic(meter);
  const rssBefore = meter.serverRssKib;
  let peak = rssBefore;
  const watching = setInterval(() => {
    peak = Math.max(peak, meter.serverRssKib);
  }, 100);
  for (const client of slowClients) client.pause();
  let arrived = 0;
  let begun = Number.POSITIVE_INFINITY;
  fleet.watch(
    watchFor(dialect.delivery(data), (_client, read, at) => {
      const stamp = stampAt(read, at);
      if (stamp >= begun) traffic.arrived(stamp);
      else arrived += 1;
    }),
  );
  await pour(sender, frame, { count: fill, ms: fillMs, received: () => arrived / healthy });
  let sent = 0;
  traffic.begin();
  begun = now();
  const timer = setInterval(() => {
    sent += 1;
    sender.write(frame.bytes(now()));
  }, 1_000 / messagesPerSecond);
  await pass(measureMs);
  clearInterval(timer);
  await pass(200);
  const figures = traffic.end();
  clearInterval(watching);
  const delivered = figures.deliveries / (sent * healthy);
  for (const client of slowClients) client.watch = undefined;
  for (const client of slowClients) client.resume();
  await pass(parameters.slow > 0 ? READ_MS : 0);
  const cut = slowClients.filter((client) => client.isClosed).length;
  return { ...figures, delivered, rssPeakMib: (peak - rssBefore) / 1_024, cut };
};

const BATCH = 8;

/** Sends as fast as the healthy clients read, a few messages at a time. Returns when they have all, or after `ms`. */
async function pour(
  sender: Client,
  frame: StampedFrame,
  { count, ms, received }: { readonly count: number; readonly ms: number; readonly received: () => number },
): Promise<void> {
  const end = now() + ms * 1_000;
  for (let sent = 0; sent < count && now() < end; sent += BATCH) {
    sender.write(frame.bytes(now(), BATCH));
    while (received() < sent + BATCH && now() < end) await pass(2);
  }
}
