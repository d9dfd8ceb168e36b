import { setTimeout as pass } from 'node:timers/promises';
import { defer, unawaited } from '../../src/promises.ts';
import type { Fleet } from '../load/fleet.ts';
import type { Counter, Flow } from '../load/flow.ts';
import type { ComparedFlow } from './flows.ts';

/** Usual length of a batch: short, so that two successive batches find the machine in nearly the same state. */
const BATCH_MS = 100;
/** Pause after a batch, so that no work of it is done in the next one. */
const QUIET_MS = 5;

/** A process whose CPU time is asked for. */
export interface Metered {
  /** CPU time since its start, in microseconds. */
  cpuUs(): Promise<number>;
}

/** Traffic to one server of a process, sent in batches. */
export class Batches implements Counter {
  readonly #host: Metered;
  readonly #flow: Flow | Promise<Flow>;
  /** Rejects when a client fails; `next` passes the error on. */
  readonly #failed: Promise<never>;
  readonly #batchMs: number;
  #arrivals = 0;

  /** @param fleet The clients, connected. */
  constructor(host: Metered, { begin }: Pick<ComparedFlow, 'begin'>, fleet: Fleet, batchMs = BATCH_MS) {
    this.#host = host;
    this.#batchMs = batchMs;
    const { promise, reject } = defer<never>();
    this.#failed = unawaited(promise);
    this.#flow = begin(fleet, this, reject);
  }

  arrived(): void {
    this.#arrivals += 1;
  }

  /** Runs one batch. @returns microseconds of the server's CPU time for each message. */
  async next(): Promise<number> {
    this.#arrivals = 0;
    const flow = await this.#flow;
    const before = await this.#host.cpuUs();
    flow.start();
    await pass(this.#batchMs);
    await Promise.race([flow.stop(), this.#failed]);
    const spent = (await this.#host.cpuUs()) - before;
    await pass(QUIET_MS);
    return spent / this.#arrivals;
  }
}
