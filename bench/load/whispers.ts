import { watchFor } from './client.ts';
import type { Fleet } from './fleet.ts';
import type { Counter, Flow } from './flow.ts';
import { now, payloadOf, StampedFrame, stampAt } from './stamps.ts';

export interface WhisperRound {
  /** Number of clients that send and receive; the others are only connected. */
  readonly talkers: number;
  /** Number of whispers in flight, each from one random client to another. */
  readonly inFlight: number;
  readonly bytes: number;
}

/** Whispers between clients of a fleet, by connection id: each arriving whisper causes the next. */
export class Whispers implements Flow {
  readonly #fleet: Fleet;
  readonly #frames: readonly StampedFrame[];
  readonly #round: WhisperRound;
  #inFlight = 0;
  /** Set by `stop`: called when the last whisper has arrived. */
  #stopped: (() => void) | undefined;

  /** @param fleet Its clients know their ids. */
  constructor(fleet: Fleet, round: WhisperRound, counter: Counter) {
    const { clients, dialect } = fleet;
    const data = payloadOf(round.bytes);
    this.#fleet = fleet;
    this.#round = round;
    this.#frames = clients.map((client) => new StampedFrame(dialect, dialect.whisper(client.id, data)));
    fleet.watch(
      watchFor(dialect.delivery(data), (_client, read, at) => {
        counter.arrived(stampAt(read, at));
        this.#arrived();
      }),
    );
  }

  start(): void {
    this.#stopped = undefined;
    this.#inFlight = this.#round.inFlight;
    for (let at = 0; at < this.#inFlight; at++) this.#send();
  }

  stop(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stopped = resolve;
    });
  }

  #arrived(): void {
    if (this.#stopped === undefined) {
      this.#send();
      return;
    }
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#stopped();
  }

  #send(): void {
    this.#fleet.clients[this.#any()]?.write((this.#frames[this.#any()] as StampedFrame).bytes(now()));
  }

  #any(): number {
    return Math.floor(Math.random() * this.#round.talkers);
  }
}
