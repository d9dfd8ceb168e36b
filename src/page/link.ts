import { type Client, type ClientClass, type Hub, type HubPlace, RefusedError } from './client.ts';
import { retryDelay } from './retry.ts';

export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** The next attempt begins at `until`, on the clock of `performance.now()`. */
  | { readonly kind: 'waiting'; readonly until: number }
  /** The server lets nobody in without a key that it knows. */
  | { readonly kind: 'refused' }
  /** The server ended the connection without an invitation to reconnect, so only the user can start it again. */
  | { readonly kind: 'disconnected' };

export interface LinkEvents {
  changed(state: LinkState): void;
  /** A new connection has opened. It counts as connected when the returned promise resolves. */
  opened(again: boolean): Promise<void>;
}

/** A connection that reconnects by itself, without a limit of time, whichever client it has. */
export class Link {
  readonly #client: Client;
  readonly #events: LinkEvents;
  #state: LinkState = { kind: 'connecting' };
  /** Ends the present wait. */
  #wake: () => void = () => {};
  /** Set when the pane has been closed. */
  #ended = false;
  /** Number of connections so far. */
  #opened = 0;

  constructor(clientClass: ClientClass, place: HubPlace, events: LinkEvents) {
    this.#events = events;
    this.#client = new clientClass(place, (mayReturn) => this.#lost(mayReturn));
  }

  get hub(): Hub {
    return this.#client;
  }

  /** Text about the client; empty for none. */
  get label(): string {
    return this.#client.label;
  }

  get isConnected(): boolean {
    return this.#state.kind === 'connected';
  }

  /** Whether a call can be sent now; the user's name may not be set yet. */
  get isOpen(): boolean {
    return this.#client.isOpen;
  }

  async start(): Promise<void> {
    this.#set({ kind: 'connecting' });
    if (!(await this.#attempt())) await this.#retry();
  }

  /** Tries again at once instead of waiting. A connection that the server has ended stays ended. */
  retryNow(): void {
    if (this.#state.kind === 'waiting') this.#wake();
  }

  /** Connects at once, on request of the user. */
  connect(): void {
    if (['disconnected', 'refused'].includes(this.#state.kind)) void this.start();
    else this.retryNow();
  }

  async stop(): Promise<void> {
    this.#ended = true;
    this.#wake();
    await this.#client.stop();
  }

  #lost(mayReturn: boolean): void {
    if (this.#ended) return;
    if (mayReturn) void this.#retry();
    else this.#set({ kind: 'disconnected' });
  }

  /** Waits and tries, again and again. */
  async #retry(): Promise<void> {
    for (let failures = 0; ; failures++) {
      await this.#wait(failures);
      if (this.#ended || (await this.#attempt())) return;
    }
  }

  /** @returns whether no further attempt is needed, or allowed. */
  async #attempt(): Promise<boolean> {
    try {
      await this.#client.start();
    } catch (error) {
      if (error instanceof RefusedError && !this.#ended) this.#set({ kind: 'refused' });
      return this.#ended || error instanceof RefusedError;
    }
    void this.#open();
    return true;
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    const opening = ++this.#opened;
    this.#set({ kind: 'connecting' });
    await this.#events.opened(opening > 1);
    // Meanwhile the connection may have been lost, or another one may have replaced it.
    if (opening === this.#opened && this.isOpen) this.#set({ kind: 'connected' });
  }

  #wait(failures: number): Promise<void> {
    const delay = retryDelay(failures);
    this.#set({ kind: 'waiting', until: performance.now() + delay });
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #set(state: LinkState): void {
    this.#state = state;
    this.#events.changed(state);
  }
}
