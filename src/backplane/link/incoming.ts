import type { Envelope, EnvelopeFault, Envelopes } from '../wire/envelope.ts';
import type { HeardChannels } from './heard-channels.ts';

/** Outcome of one item. */
export type Taken = 'taken' | 'unknown' | 'malformed';
/** Takes an item of another node. Never throws. */
export type TakeItem = (channel: string, item: readonly unknown[], bootId: string) => Taken;

/** Reasons for which something that came was left out: envelopes, and items of the last two. */
export type IncomingFault = EnvelopeFault | 'repeated' | 'unknown' | 'malformed';

/** Reads what the backplane brings, and hands each item on. What cannot be read is counted and left out. */
export class Incoming {
  readonly #envelopes: Envelopes;
  readonly #heard: HeardChannels;
  readonly #take: TakeItem;
  readonly #left: (fault: IncomingFault, channel: string) => void;
  readonly #faults: Partial<Record<IncomingFault, number>> = {};
  #received = 0;

  /** @param left Called for each fault. */
  constructor(
    envelopes: Envelopes,
    heard: HeardChannels,
    take: TakeItem,
    left: (fault: IncomingFault, channel: string) => void,
  ) {
    this.#envelopes = envelopes;
    this.#heard = heard;
    this.#take = take;
    this.#left = left;
  }

  /** Number of items that were taken. */
  get received(): number {
    return this.#received;
  }
  get faults(): Readonly<Partial<Record<IncomingFault, number>>> {
    return this.#faults;
  }

  /** Takes bytes of another node. */
  take(channel: string, bytes: Uint8Array): void {
    const envelope = this.#envelopes.read(channel, bytes);
    if (typeof envelope === 'string') this.#leave(envelope, channel);
    else if (this.#heard.heard(channel, envelope)) this.#takeItems(channel, envelope);
    else this.#leave('repeated', channel);
  }

  #takeItems(channel: string, { bootId, items }: Envelope): void {
    for (const item of items) {
      const taken = Array.isArray(item) ? this.#take(channel, item, bootId) : 'malformed';
      if (taken === 'taken') this.#received += 1;
      else this.#leave(taken, channel);
    }
  }

  #leave(fault: IncomingFault, channel: string): void {
    this.#faults[fault] = (this.#faults[fault] ?? 0) + 1;
    this.#left(fault, channel);
  }
}
