import { setTimeout as pass } from 'node:timers/promises';
import { watchFor } from '../load/client.ts';
import type { Dialect } from '../load/dialect.ts';
import { Fleet } from '../load/fleet.ts';
import type { Counter } from '../load/flow.ts';
import { clientFrame } from '../load/frames.ts';
import { Rounds } from '../load/rounds.ts';
import { now, payloadOf, StampedFrame, stampAt } from '../load/stamps.ts';
import { cpuSince } from '../rig/thread-times.ts';
import { CLIENTS_EACH, GROUP, type NodesFlow } from './flows.ts';
import type { Place } from './service.ts';

/** Microseconds of CPU time for each delivery: of node 1, of node 2 and of Redis. */
export type Costs = readonly [node1: number, node2: number, redis: number];

const BYTES = 128;
const JOIN_ID = 10;
/** Length of a batch. */
const BATCH_MS = 500;
/** Pause after a batch, so that no work of it is done in the next one, which is another server's. */
const QUIET_MS = 10;
/** Default time limit for the deliveries of the last round. Two nodes may lose a message, which would never arrive. */
const LOST_MS = 10_000;

/** Messages from clients of node 1 to all clients of both nodes, in batches. */
export class Deliveries implements Counter {
  /** Number of deliveries of the last batch. */
  counted = 0;
  readonly #pids: Place['pids'];
  readonly #fleets: readonly Fleet[];
  readonly #rounds: Rounds;
  readonly #lostMs: number;
  #arrivals = 0;

  private constructor(
    { pids }: Place,
    fleets: readonly [Fleet, Fleet],
    { message, inFlight }: NodesFlow,
    lostMs: number,
  ) {
    const [{ clients: senders, dialect }] = fleets;
    const data = payloadOf(BYTES);
    const frame = new StampedFrame(dialect, message(dialect, data));
    let sender = 0;
    this.#pids = pids;
    this.#lostMs = lostMs;
    this.#fleets = fleets;
    this.#rounds = new Rounds(this, fleets.length * CLIENTS_EACH * inFlight, () => {
      sender = (sender + 1) % senders.length;
      senders[sender]?.write(frame.bytes(now(), inFlight));
    });
    const watch = watchFor(dialect.delivery(data), (_client, read, at) => this.#rounds.arrived(stampAt(read, at)));
    for (const fleet of fleets) fleet.watch(watch);
  }

  /** Connects the clients of both nodes. */
  static async to(place: Place, dialect: Dialect, flow: NodesFlow, lostMs = LOST_MS): Promise<Deliveries> {
    const [first, second] = place.ports as readonly [number, number];
    const fleets = [new Fleet(first, dialect), new Fleet(second, dialect)] as const;
    for (const fleet of fleets) {
      await fleet.open(CLIENTS_EACH);
      if (!flow.joins) continue;
      const join = dialect.join(JOIN_ID, GROUP);
      await Promise.all(fleet.clients.map((client) => client.ask(join, dialect.joined(JOIN_ID))));
    }
    return new Deliveries(place, fleets, flow, lostMs);
  }

  arrived(): void {
    this.#arrivals += 1;
  }

  /** Runs one batch. @throws Error when messages have not arrived. */
  async next(): Promise<Costs> {
    this.#arrivals = 0;
    const started = this.#pids.map(cpuSince);
    this.#rounds.start();
    await pass(BATCH_MS);
    const complete = new AbortController();
    await Promise.race([this.#rounds.stop(), this.#lost(complete.signal)]);
    complete.abort();
    const spent = started.map((us) => us());
    this.counted = this.#arrivals;
    this.#stay();
    await pass(QUIET_MS);
    return spent.map((us) => us / this.counted) as unknown as Costs;
  }

  /** Lets the clients say that they are there: those of node 2 send nothing else, and a server would end them. */
  #stay(): void {
    for (const { clients, dialect } of this.#fleets) {
      if (dialect.ping === undefined) continue;
      const frame = clientFrame(Buffer.from(dialect.ping, 'latin1'), dialect.opcode);
      for (const client of clients) client.write(frame);
    }
  }

  /** Rejects when the last round is not complete in time. */
  async #lost(signal: AbortSignal): Promise<never> {
    await pass(this.#lostMs, undefined, { signal });
    const closed = this.#fleets.flatMap(({ clients }) => clients.filter(({ isClosed }) => isClosed));
    const said = closed.length === 0 ? '' : `; the server said last to one of them: ${closed[0]?.lastMessage}`;
    throw new Error(
      `messages are lost: those of the last round have not all arrived within ${this.#lostMs} ms. ` +
        `${closed.length} of the clients were disconnected${said}`,
    );
  }
}
