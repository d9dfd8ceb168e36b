import { setTimeout as pass } from 'node:timers/promises';
import { Latencies } from './latencies.ts';
import type { Meter, Spent } from './meter.ts';
import { now } from './stamps.ts';

/** How long traffic runs before it is measured, while code is compiled and buffers grow, and how long it is measured. */
export interface Timing {
  readonly warmMs: number;
  readonly measureMs: number;
}

/** Counts deliveries and what they cost, between `begin` and `end`. */
export class Traffic {
  readonly #meter: Meter;
  readonly #latencies = new Latencies();
  #spent: () => Spent;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#spent = meter.start();
  }

  /** A message has arrived that was sent at `sent`. */
  arrived(sent: number): void {
    this.#latencies.add(now() - sent);
  }

  /** Lets traffic run that keeps itself going. @returns what the measured part of it came to. */
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
