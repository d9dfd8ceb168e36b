import type { HubConnection } from '@microsoft/signalr';
import { retryDelay } from './retry.ts';

/** The official client's browser bundle is a classic script, which index.html loads first. */
declare const signalR: typeof import('@microsoft/signalr');

export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** The next try is at `until`, on the clock of `performance.now()`; from then on it is under way. */
  | { readonly kind: 'waiting'; readonly until: number }
  /** The server ended it and did not ask us back, so only the user starts again. */
  | { readonly kind: 'disconnected' };

export interface LinkEvents {
  changed(state: LinkState): void;
  /** There is a new connection, which the hub knows nothing about yet. It counts as connected when this is done. */
  opened(again: boolean): Promise<void>;
}

/**
 * A connection that comes back by itself for as long as it takes: at first as the same one, so that nobody notices, then as
 * another.
 */
export class Link {
  readonly hub: HubConnection;
  readonly #events: LinkEvents;
  #state: LinkState = { kind: 'connecting' };
  /** Ends the present wait. */
  #wake: () => void = () => {};
  /** For good: the pane is gone. */
  #ended = false;
  #restarting = false;
  /** Counts the connections there have been. */
  #opened = 0;

  constructor(url: string, events: LinkEvents) {
    this.#events = events;
    this.hub = new signalR.HubConnectionBuilder()
      .withUrl(url)
      .withStatefulReconnect()
      .withAutomaticReconnect({
        nextRetryDelayInMilliseconds: ({ previousRetryCount }) => this.#wait(previousRetryCount, () => this.#restart()),
      })
      // What goes wrong is on the page.
      .configureLogging(signalR.LogLevel.None)
      .build();
    this.hub.onreconnected(() => void this.#open());
    this.hub.onclose(() => {
      if (!this.#ended && !this.#restarting) this.#set({ kind: 'disconnected' });
    });
  }

  get isConnected(): boolean {
    return this.#state.kind === 'connected';
  }

  /** Whether a call would go out now; the hub may not know us yet. */
  get isOpen(): boolean {
    return this.hub.state === signalR.HubConnectionState.Connected;
  }

  /** Connects. The official client's automatic reconnect begins after a first success only; this covers the first. */
  async start(): Promise<void> {
    for (let failures = 0; !this.#ended; failures++) {
      this.#set({ kind: 'connecting' });
      try {
        await this.hub.start();
        return await this.#open();
      } catch {
        if (!this.#ended) await this.#pause(failures);
      }
    }
  }

  /** There is reason to hope: no more waiting. A connection that the server ended for good stays ended. */
  hurry(): void {
    if (this.#state.kind === 'waiting' && performance.now() < this.#state.until) this.#wake();
  }

  /** The user wants it now. */
  connect(): void {
    if (this.#state.kind === 'disconnected') void this.start();
    else this.hurry();
  }

  async stop(): Promise<void> {
    this.#ended = true;
    this.#wake();
    await this.hub.stop();
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    const opening = ++this.#opened;
    this.#set({ kind: 'connecting' });
    await this.#events.opened(opening > 1);
    // In the meantime it may have broken, or even another may have taken its place.
    if (opening === this.#opened && this.isOpen) this.#set({ kind: 'connected' });
  }

  #pause(failures: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        resolve,
        this.#wait(failures, () => {
          clearTimeout(timer);
          resolve();
        }),
      );
    });
  }

  #wait(failures: number, wake: () => void): number {
    const delay = retryDelay(failures);
    this.#wake = wake;
    this.#set({ kind: 'waiting', until: performance.now() + delay });
    return delay;
  }

  /** The official client cannot cut its own wait short. */
  async #restart(): Promise<void> {
    if (this.#ended || this.#restarting) return;
    this.#restarting = true;
    await this.hub.stop();
    this.#restarting = false;
    await this.start();
  }

  #set(state: LinkState): void {
    this.#state = state;
    this.#events.changed(state);
  }
}
