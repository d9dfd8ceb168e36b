import type { ResolvedSlowConsumer } from '../../src/hub/slow-consumer-options.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { Flusher } from '../../src/routing/flusher.ts';
import { LaneHarness } from './lane-harness.ts';

/** Time limit for the writes of one turn. */
export const TURN_MS = 10;

/** Lanes of one flusher, whose writes take time. */
export class FlusherHarness {
  readonly flusher: Flusher;
  readonly lanes: readonly LaneHarness[];
  /** Index of the lane of each write, in order. */
  readonly writes: number[] = [];
  #now = 0;
  #due: (() => void)[] = [];

  /** @param writeMs Duration of a write. Each write is so long that the flusher looks at the clock after it. */
  constructor(count: number, limits: ResolvedSlowConsumer, writeMs: number) {
    const nextTurn = (run: () => void) => {
      this.#due.push(run);
    };
    this.flusher = new Flusher(() => this.#now, nextTurn);
    this.lanes = Array.from({ length: count }, (_, at) => {
      const harness = new LaneHarness(limits, this.flusher);
      const { transport } = harness;
      const write = transport.write.bind(transport);
      transport.write = (frame) => {
        this.#now += writeMs;
        this.writes.push(at);
        this.flusher.wrote(131_072);
        write(frame);
      };
      return harness;
    });
  }

  /** Appends one message to all these lanes, as a broadcast does. */
  broadcast(number: number, to: readonly number[] = [...this.lanes.keys()], ballast = 0): void {
    const invocation = { type: 1, target: 'Heard', arguments: [number, 'x'.repeat(ballast)] } as const;
    const message = EncodedMessage.broadcast(invocation, [jsonCodec], {});
    for (const at of to) this.lanes[at]?.lane.push(message);
  }

  /** The writes of one turn of the event loop. @returns their duration. */
  async turn(): Promise<number> {
    const began = this.#now;
    const due = this.#due;
    this.#due = [];
    for (const run of due) run();
    const took = this.#now - began;
    await Promise.all(this.lanes.map((harness) => harness.turn()));
    return took;
  }

  get isDue(): boolean {
    return this.#due.length > 0;
  }

  /** Runs turns until nothing is left to write. @returns the duration of each turn. */
  async finish(): Promise<readonly number[]> {
    const took: number[] = [];
    while (this.isDue) took.push(await this.turn());
    return took;
  }
}
