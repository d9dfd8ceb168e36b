import type { ResolvedSlowConsumer } from '../../src/hub/hub-options.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { Flusher } from '../../src/routing/flusher.ts';
import { LaneRig } from './lane-rig.ts';

/** Milliseconds that a turn may write. */
export const TURN_MS = 10;

/** Lanes of one flusher, whose writes take time. */
export class FlusherRig {
  readonly flusher: Flusher;
  readonly lanes: readonly LaneRig[];
  /** The lane of each write. */
  readonly writes: number[] = [];
  #now = 0;
  #due: (() => void)[] = [];

  /** @param writeMs Time of a write; each is so long that the clock is read after it. */
  constructor(count: number, limits: ResolvedSlowConsumer, writeMs: number) {
    const later = (run: () => void) => {
      this.#due.push(run);
    };
    this.flusher = new Flusher(() => this.#now, later);
    this.lanes = Array.from({ length: count }, (_, at) => {
      const rig = new LaneRig(limits, this.flusher);
      const { transport } = rig;
      const write = transport.write.bind(transport);
      transport.write = (frame) => {
        this.#now += writeMs;
        this.writes.push(at);
        this.flusher.wrote(131_072);
        write(frame);
      };
      return rig;
    });
  }

  /** Appends one message to all these lanes, as a broadcast does. */
  broadcast(number: number, to: readonly number[] = [...this.lanes.keys()], ballast = 0): void {
    const invocation = { type: 1, target: 'Heard', arguments: [number, 'x'.repeat(ballast)] } as const;
    const message = EncodedMessage.broadcast(invocation, [jsonCodec], {});
    for (const at of to) this.lanes[at]?.lane.push(message);
  }

  /** The writing of one turn of the event loop. @returns its milliseconds. */
  async turn(): Promise<number> {
    const began = this.#now;
    const due = this.#due;
    this.#due = [];
    for (const run of due) run();
    const took = this.#now - began;
    await Promise.all(this.lanes.map((rig) => rig.turn()));
    return took;
  }

  get isDue(): boolean {
    return this.#due.length > 0;
  }

  /** Runs turns until nothing is left to write. @returns the milliseconds of each. */
  async finish(): Promise<readonly number[]> {
    const took: number[] = [];
    while (this.isDue) took.push(await this.turn());
    return took;
  }
}
