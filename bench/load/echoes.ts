import { type Client, watchFor } from './client.ts';
import type { Fleet } from './fleet.ts';
import type { Counter, Flow } from './flow.ts';
import { now, payloadOf, StampedFrame, stampAt } from './stamps.ts';

export interface EchoCalls {
  /** Number of calls that each client waits for. */
  readonly outstanding: number;
  readonly bytes: number;
}

/** The first call id. It has two digits, as all ids have, so that every answer has the same length. */
const FIRST_ID = 10;

/**
 * Calls of a whole fleet, and their answers. For answers that arrive together, a client sends the next calls together.
 */
export class Echoes implements Flow {
  readonly #clients: readonly Client[];
  readonly #frames: readonly StampedFrame[];
  readonly #waiting = new Map<Client, Buffer[]>();
  readonly #flush = (): void => this.#write();
  #outstanding = 0;
  /** Set by `stop`: called when the last answer has arrived. */
  #stopped: (() => void) | undefined;

  /** @param fleet All its clients call. */
  constructor(fleet: Fleet, { outstanding, bytes }: EchoCalls, counter: Counter) {
    const { clients, dialect } = fleet;
    const data = payloadOf(bytes);
    const ids = Array.from({ length: outstanding }, (_, at) => FIRST_ID + at);
    const answer = dialect.echoed(FIRST_ID, data);
    const idFromMark = answer.indexOf(String(FIRST_ID)) - answer.indexOf(data);
    this.#clients = clients;
    this.#frames = ids.map((id) => new StampedFrame(dialect, dialect.echo(id, data)));
    fleet.watch(
      watchFor(answer, (client, read, at) => {
        counter.arrived(stampAt(read, at));
        const id = at + idFromMark;
        this.#answered(client, ((read[id] as number) - 0x30) * 10 + (read[id + 1] as number) - 0x30);
      }),
    );
  }

  start(): void {
    this.#stopped = undefined;
    this.#outstanding = this.#clients.length * this.#frames.length;
    for (const client of this.#clients) for (const frame of this.#frames) this.#call(client, frame);
  }

  stop(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stopped = resolve;
    });
  }

  #answered(client: Client, id: number): void {
    if (this.#stopped === undefined) this.#call(client, this.#frames[id - FIRST_ID] as StampedFrame);
    else {
      this.#outstanding -= 1;
      if (this.#outstanding === 0) this.#stopped();
    }
  }

  #call(client: Client, frame: StampedFrame): void {
    if (this.#waiting.size === 0) queueMicrotask(this.#flush);
    const calls = this.#waiting.get(client);
    if (calls === undefined) this.#waiting.set(client, [frame.bytes(now())]);
    else calls.push(frame.bytes(now()));
  }

  #write(): void {
    for (const [client, calls] of this.#waiting)
      client.write(calls.length === 1 ? (calls[0] as Buffer) : Buffer.concat(calls));
    this.#waiting.clear();
  }
}
