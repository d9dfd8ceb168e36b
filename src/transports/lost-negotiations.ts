import type { Log } from '../log.ts';
import type { LostNegotiation } from './negotiations.ts';

/** A flood would fill the log as fast as it comes: its first line says what happens, and further ones how it goes on. */
const DISTANCE_MS = 60_000;

const WHAT: Readonly<Record<LostNegotiation['limit'], string>> = {
  negotiations: 'too many negotiated connections wait for their transport',
  postedBytes: 'too much was posted to connections before their transport opened',
};

/** Tells the log when negotiations give way to others, at most once a minute. */
export class LostNegotiations {
  readonly #parts: { readonly path: string; readonly log: Log; readonly alarms: { now(): number } };
  #count = 0;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(parts: { readonly path: string; readonly log: Log; readonly alarms: { now(): number } }) {
    this.#parts = parts;
  }

  add({ address, limit }: LostNegotiation): void {
    const { path, log, alarms } = this.#parts;
    this.#count += 1;
    if (alarms.now() < this.#nextAt) return;
    const text = `${WHAT[limit]}: the address with most of it loses its oldest`;
    log.warn({ hub: path, address, lost: this.#count }, text);
    this.#count = 0;
    this.#nextAt = alarms.now() + DISTANCE_MS;
  }
}
