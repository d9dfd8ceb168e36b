import { setTimeout as pass } from 'node:timers/promises';
import { Latencies } from './latencies.ts';
import type { Meter, Spent } from './meter.ts';
import { now } from './stamps.ts';

/** Time of the warm-up, in which code is compiled and buffers grow, and of the measurement. */
export interface Timing {
  readonly warmMs: number;
  readonly measureMs: number;
}

/** Counts deliveries and their costs, between `begin` and `end`. */
export class Traffic {
  readonly #meter: Meter;
  readonly #latencies = new Latencies();
  #spent: () => Spent;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#spent = meter.start();
  }

  /** Counts a message that was sent at `sent`. */
  arrived(sent: number): void {
    this.#latencies.add(now() - sent);
  }

  /** Waits while a flow runs. @returns the figures of the measured part. */
  async measure({ warmMs, measureMs }: Timing) {
    await pass(warmMs);
    this.begin();
    await pass(measureMs);
    return this.end();
  }

  begin(): void {
    this.#latencies.clear();
    this.#spent = this.#meter.start();
  }

  end() {
    const { wallUs, serverCpuUs, generatorCpuUs } = this.#spent();
    const deliveries = this.#latencies.count;
    return {
      cpuUs: serverCpuUs / deliveries,
      deliveries,
      perSecond: (deliveries / wallUs) * 1_000_000,
      ...this.#latencies.figures(),
      serverShare: serverCpuUs / wallUs,
      generatorShare: generatorCpuUs / wallUs,
    };
  }
}
