import { type Deferred, defer } from '../../promises.ts';
import type { Position } from '../../protocol/position.ts';

/** Those who wait until entries of one log were handed on, by epoch and number. */
export class HandOnWaiters {
  readonly #epochs = new Map<string, Map<number, Deferred<number>>>();
  /** The one that had waited longest at the latest beacon. */
  #longest: Deferred<number> | undefined;

  get size(): number {
    return this.#epochs.size;
  }

  /** Resolves with the slices of an entry when it was handed on, or when that is not to be expected any more. */
  wait({ epoch, offset }: Position): Promise<number> {
    let waiting = this.#epochs.get(epoch);
    if (waiting === undefined) {
      waiting = new Map();
      this.#epochs.set(epoch, waiting);
    }
    const one = waiting.get(offset) ?? defer<number>();
    waiting.set(offset, one);
    return one.promise;
  }

  /** Once for each beacon. @returns whether somebody has waited since the beacon before. */
  beat(): boolean {
    const [waiting] = this.#epochs.values();
    const [longest] = waiting?.values() ?? [];
    const hasWaited = longest !== undefined && longest === this.#longest;
    this.#longest = longest;
    return hasWaited;
  }

  /** An entry was handed on. */
  handedOn({ epoch, offset }: Position, slices: number): void {
    const waiting = this.#epochs.get(epoch);
    if (waiting === undefined) return;
    waiting.get(offset)?.resolve(slices);
    waiting.delete(offset);
    if (waiting.size === 0) this.#epochs.delete(epoch);
  }

  /** Entries up to a number are not handed on. */
  skipped({ epoch, offset: last }: Position): void {
    for (const offset of [...(this.#epochs.get(epoch)?.keys() ?? [])])
      if (offset <= last) this.handedOn({ epoch, offset }, 0);
  }

  /** Nothing is to be expected any more, except in this epoch. */
  giveUp(epoch?: string): void {
    for (const [name, waiting] of this.#epochs) {
      if (name === epoch) continue;
      this.#epochs.delete(name);
      for (const one of waiting.values()) one.resolve(0);
    }
  }
}
