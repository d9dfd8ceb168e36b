import { setTimeout as pass } from 'node:timers/promises';
import { type Client, watchFor } from '../load/client.ts';
import { Fleet } from '../load/fleet.ts';
import type { Counter } from '../load/flow.ts';
import { Latencies } from '../load/latencies.ts';
import { Rounds } from '../load/rounds.ts';
import { signalR } from '../load/signalr.ts';
import { now, payloadOf, StampedFrame, stampAt } from '../load/stamps.ts';
import type { Place } from '../nodes/service.ts';
import { cpuSince } from '../rig/thread-times.ts';
import { GROUPS, type GroupName } from './hub.ts';

/** Members of each group on each node. */
export const MEMBERS_EACH = 10;

/** What messages of one batch have cost. */
export interface Cost {
  /** Microseconds of CPU time for each message, of all processes of the service together. */
  readonly cpuUs: number;
  /** Microseconds from the sending of a message to the arrival at each of its receivers. */
  readonly p50Us: number;
  readonly p99Us: number;
}

const BYTES = 128;
const JOIN_ID = 10;
/** Length of a batch. */
const BATCH_MS = 250;
/** Pause after a batch, so that no work of it is done in the next one. */
const QUIET_MS = 20;
/** Time limit for the deliveries of the last round. */
const LOST_MS = 10_000;

/** Messages of clients of node 1 to one of the two groups, of which all clients of all nodes are members. In batches. */
export class Messages implements Counter {
  readonly #place: Place;
  readonly #senders: readonly Client[];
  readonly #frames: Readonly<Record<GroupName, StampedFrame>>;
  readonly #rounds: Rounds;
  readonly #latencies = new Latencies();
  #group: GroupName = 'plain';
  #sender = 0;
  #sent = 0;

  private constructor(place: Place, fleets: readonly Fleet[], inFlight: number) {
    const data = payloadOf(BYTES);
    const frameOf = (group: GroupName) => new StampedFrame(signalR, signalR.toGroup(GROUPS[group], data));
    this.#place = place;
    this.#senders = fleets[0]?.clients ?? [];
    this.#frames = { kept: frameOf('kept'), plain: frameOf('plain') };
    this.#rounds = new Rounds(this, fleets.length * MEMBERS_EACH * inFlight, () => this.#send(inFlight));
    const watch = watchFor(signalR.delivery(data), (_client, read, at) => this.#rounds.arrived(stampAt(read, at)));
    for (const fleet of fleets) fleet.watch(watch);
  }

  /**
   * Connects the clients, which join both groups.
   *
   * @param inFlight Number of clients that send a message at the same time, at most `MEMBERS_EACH`. The next ones send
   *   when all members have all of these.
   */
  static async to(place: Place, inFlight: number): Promise<Messages> {
    const fleets = place.ports.map((port) => new Fleet(port, signalR));
    for (const fleet of fleets) {
      await fleet.open(MEMBERS_EACH);
      for (const [at, group] of Object.values(GROUPS).entries()) {
        const id = JOIN_ID + at;
        await Promise.all(fleet.clients.map((client) => client.ask(signalR.join(id, group), signalR.joined(id))));
      }
    }
    return new Messages(place, fleets, inFlight);
  }

  /** Number of messages of the last batch. */
  get sent(): number {
    return this.#sent;
  }

  arrived(sent: number): void {
    this.#latencies.add(now() - sent);
  }

  /** Runs one batch. @throws Error when messages have not arrived. */
  async next(group: GroupName): Promise<Cost> {
    this.#group = group;
    this.#sent = 0;
    this.#latencies.clear();
    const started = this.#place.pids.map(cpuSince);
    this.#rounds.start();
    await pass(BATCH_MS);
    const complete = new AbortController();
    await Promise.race([this.#rounds.stop(), lost(complete.signal)]);
    complete.abort();
    const spent = started.reduce((sum, us) => sum + us(), 0);
    const { p50Us, p99Us } = this.#latencies.figures();
    await pass(QUIET_MS);
    return { cpuUs: spent / this.#sent, p50Us, p99Us };
  }

  #send(inFlight: number): void {
    const frame = this.#frames[this.#group].bytes(now());
    for (let count = 0; count < inFlight; count++) {
      this.#sender = (this.#sender + 1) % this.#senders.length;
      this.#senders[this.#sender]?.write(frame);
    }
    this.#sent += inFlight;
  }
}

/** Rejects when the last round is not complete in time. */
async function lost(signal: AbortSignal): Promise<never> {
  await pass(LOST_MS, undefined, { signal });
  throw new Error(`messages are lost: those of the last round have not all arrived within ${LOST_MS} ms.`);
}
