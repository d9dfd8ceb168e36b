import { Batches, type Metered } from '../compare/batches.ts';
import { Fleet } from '../load/fleet.ts';
import { HttpReceivers } from '../load/http-receivers.ts';
import { Rounds } from '../load/rounds.ts';
import { signalR } from '../load/signalr.ts';
import { now, payloadOf, StampedFrame } from '../load/stamps.ts';
import type { Target } from './kinds.ts';

const RECEIVERS = 50;
const BYTES = 128;
/** Shorter than usual: there are five kinds, and all of them should find the machine in nearly the same state. */
const BATCH_MS = 40;

/**
 * Polls of clients that get one message with each. It comes from a WebSocket without a credential, as one of
 * `RECEIVERS`, so that nearly all of the costs are those of the polls.
 */
export async function polls(host: Metered, { port, credential }: Target): Promise<Batches> {
  const headers = credential === '' ? '' : `Authorization: Bearer ${credential}\r\n`;
  const fleet = new Fleet(port, signalR);
  await fleet.open(1);
  return new Batches(
    host,
    {
      async begin({ clients: [sender] }, counter, failed) {
        const frame = new StampedFrame(signalR, signalR.broadcast(payloadOf(BYTES)));
        const rounds = new Rounds(counter, RECEIVERS, () => sender?.write(frame.bytes(now(), 1)));
        const receivers = new HttpReceivers(port, (sent) => rounds.arrived(sent), failed, headers);
        for (let at = 0; at < RECEIVERS; at++) await receivers.open('LongPolling');
        return rounds;
      },
    },
    fleet,
    BATCH_MS,
  );
}
