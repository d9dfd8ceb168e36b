import type { BackplaneEvents } from '../backplane.ts';

/** What gets the events of names that it has subscribed to. */
export interface Receiver {
  receive(tell: (events: BackplaneEvents) => void): void;
}

/** Receivers by the names that they have subscribed to. */
export class Subscribers {
  readonly #receivers = new Map<string, Set<Receiver>>();

  add(name: string, receiver: Receiver): void {
    const receivers = this.#receivers.get(name);
    if (receivers === undefined) this.#receivers.set(name, new Set([receiver]));
    else receivers.add(receiver);
  }

  delete(name: string, receiver: Receiver): void {
    const receivers = this.#receivers.get(name);
    receivers?.delete(receiver);
    if (receivers?.size === 0) this.#receivers.delete(name);
  }

  /** Those of this moment. */
  of(name: string): readonly Receiver[] {
    return [...(this.#receivers.get(name) ?? [])];
  }
}
