import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import type { ResolvedSlowConsumer } from '../../src/hub/slow-consumer-options.ts';
import { EncodedMessage, type SendOptions } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { Flusher } from '../../src/routing/flusher.ts';
import { Lane } from '../../src/routing/lane.ts';
import { JSON_PROTOCOL } from '../../src/testing/client-protocol.ts';
import { recordsOfFrame } from '../../src/testing/memory-client.ts';
import { MemoryTransport } from '../../src/testing/memory-transport.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';

/** A single lane, with a client that can stall and a turn that the test ends. */
export class LaneHarness {
  readonly clock = new SimulatedClock();
  readonly wheel = new TimerWheel(this.clock, new CollectedLog());
  readonly transport: MemoryTransport;
  readonly lane: Lane;
  /** Reports of the lane: the reasons to disconnect the client, and each beginning and end of congestion. */
  readonly disconnects: string[] = [];
  readonly congestion: ('congested' | 'relieved')[] = [];
  readonly #turn: (() => void)[] = [];

  /** @param flusher Flusher of several lanes. Default: one of its own. */
  constructor(limits: ResolvedSlowConsumer, flusher?: Flusher) {
    const nextTurn = (run: () => void) => {
      this.#turn.push(run);
    };
    this.transport = new MemoryTransport({ clock: this.clock, nextTurn, highWaterBytes: limits.highWaterBytes });
    this.lane = new Lane({
      report: (event) => {
        if (event.type === 'connection.ended') this.disconnects.push(event.reason.error?.message ?? '');
        else this.congestion.push(event.type === 'lane.congested' ? 'congested' : 'relieved');
      },
      transport: this.transport,
      codec: jsonCodec,
      limits,
      flusher: flusher ?? new Flusher(() => this.clock.now(), nextTurn),
      alarms: this.wheel,
    });
    this.transport.listen({
      received() {},
      ponged() {},
      drained: () => this.lane.drained(),
      holding() {},
      endRequested() {},
      closed() {},
    });
  }

  /** Sends a message that a slow client may lose. */
  send(number: number, ballast = 0, options: SendOptions = {}, sender?: string): number {
    const invocation = { type: 1, target: 'Heard', arguments: [number, 'x'.repeat(ballast)] } as const;
    return this.#push(EncodedMessage.broadcast(invocation, [jsonCodec], options, sender));
  }

  /** Sends the answer to a call, which must not be lost. */
  answer(number: number, ballast = 0): number {
    const completion = { type: 3, invocationId: `${number}`, result: 'x'.repeat(ballast) } as const;
    return this.#push(EncodedMessage.reply(completion, jsonCodec));
  }

  /** Ends the turn, and lets all its consequences happen. */
  async turn(): Promise<void> {
    do {
      for (const run of this.#turn.splice(0)) run();
      await turnOfTheLoop();
    } while (this.#turn.length > 0);
  }

  /** The client reads nothing from now on, and one message is in its socket already. */
  async stallAt(number: number): Promise<void> {
    this.transport.stall();
    this.send(number, 10);
    await this.turn();
  }

  async flow(): Promise<void> {
    this.transport.flow();
    await this.turn();
  }

  /** Numbers of the messages that were given to the transport, in order. */
  get written(): number[] {
    const records = this.transport.frames.flatMap((frame) => recordsOfFrame(frame, JSON_PROTOCOL));
    return records.map(({ arguments: args, invocationId }) => Number(invocationId ?? args?.[0]));
  }

  /** @returns the length of the message in bytes. */
  #push(message: EncodedMessage): number {
    this.lane.push(message);
    return message.bytes(jsonCodec).length;
  }
}
