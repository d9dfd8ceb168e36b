import type { BackplaneEvents } from '../backplane.ts';
import type { MemoryExchange } from './memory-exchange.ts';
import type { Receiver } from './subscribers.ts';

/** A connection to an exchange, with its subscriptions. */
export class MemoryConnection implements Receiver {
  readonly #exchange: MemoryExchange;
  readonly #events: BackplaneEvents;
  readonly #channels = new Set<string>();
  readonly #logs = new Set<string>();
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

  receive(tell: (events: BackplaneEvents) => void): void {
    if (this.isOpen) tell(this.#events);
  }

  subscribe(channels: readonly string[]): void {
    for (const channel of channels) {
      this.#channels.add(channel);
      this.#exchange.channels.add(channel, this);
    }
  }

  unsubscribe(channels: readonly string[]): void {
    for (const channel of channels) {
      this.#channels.delete(channel);
      this.#exchange.channels.delete(channel, this);
    }
  }

  follow(logs: readonly string[]): void {
    for (const log of logs) {
      this.#logs.add(log);
      this.#exchange.followers.add(log, this);
    }
  }

  unfollow(logs: readonly string[]): void {
    for (const log of logs) {
      this.#logs.delete(log);
      this.#exchange.followers.delete(log, this);
    }
  }

  /** Ends it. No event comes any more. */
  cut(): void {
    this.#state = 'cut';
    this.unsubscribe([...this.#channels]);
    this.unfollow([...this.#logs]);
  }
}
