import type { BackplaneEvents } from '../backplane.ts';
import type { MemoryExchange, Receiver } from './memory-exchange.ts';

/** A connection to an exchange, with its subscriptions. */
export class MemoryConnection implements Receiver {
  readonly #exchange: MemoryExchange;
  readonly #events: BackplaneEvents;
  readonly #channels = new Set<string>();
  #state: 'opening' | 'open' | 'cut' = 'opening';

  /** Opens in another turn of the event loop. */
  constructor(exchange: MemoryExchange, events: BackplaneEvents) {
    this.#exchange = exchange;
    this.#events = events;
    setImmediate(() => {
      if (this.#state === 'cut') return;
      this.#state = 'open';
      events.opened();
    });
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  receive(channel: string, bytes: Uint8Array): void {
    if (this.isOpen) this.#events.message(channel, bytes);
  }

  subscribe(channels: readonly string[]): void {
    for (const channel of channels) {
      this.#channels.add(channel);
      this.#exchange.subscribe(channel, this);
    }
  }

  unsubscribe(channels: readonly string[]): void {
    for (const channel of channels) {
      this.#channels.delete(channel);
      this.#exchange.unsubscribe(channel, this);
    }
  }

  /** Ends it. No event comes any more. */
  cut(): void {
    this.#state = 'cut';
    this.unsubscribe([...this.#channels]);
  }
}
