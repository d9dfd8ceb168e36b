import type { ResolvedSlowConsumer } from '../../src/hub/hub-options.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { Flusher } from '../../src/routing/flusher.ts';
import { LaneRig } from './lane-rig.ts';

/** So long a turn may write. */
export const TURN_MS = 10;

/** Lanes of one flusher, whose writes take time. */
export class FlusherRig {
  readonly flusher: Flusher;
  readonly lanes: readonly LaneRig[];
  /** Which lane has written, write by write. */
  readonly writes: number[] = [];
  #now = 0;
  #due: (() => void)[] = [];

  /** @param writeMs What a write takes; each of them is as long as those that are looked at one by one. */
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

  /** One turn of the event loop, as far as it writes. @returns how long that took. */
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

  /** Turns until nothing is left to write. @returns how long each of them took. */
  async finish(): Promise<readonly number[]> {
    const took: number[] = [];
    while (this.isDue) took.push(await this.turn());
    return took;
  }
}
