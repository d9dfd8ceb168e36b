import type { HubConnection } from '@microsoft/signalr';
import { retryDelay } from './retry.ts';

/** The official client's browser bundle is a classic script, which index.html loads first. */
declare const signalR: typeof import('@microsoft/signalr');

export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** The next attempt begins at `until`, on the clock of `performance.now()`. */
  | { readonly kind: 'waiting'; readonly until: number }
  /** The server lets nobody in without a key that it knows. */
  | { readonly kind: 'refused' }
  /** The server ended the connection without an invitation to reconnect, so only the user can start it again. */
  | { readonly kind: 'disconnected' };

/** Address of the hub, and the key that opens it, if there is one. */
export interface HubPlace {
  readonly url: string;
  readonly key: string | undefined;
}

export interface LinkEvents {
  changed(state: LinkState): void;
  /** A new connection has opened. It counts as connected when the returned promise resolves. */
  opened(again: boolean): Promise<void>;
}

/**
 * A connection that reconnects by itself, without a limit of time: first with stateful reconnect, which the hub does
 * not notice, then as a new connection.
 */
export class Link {
  readonly hub: HubConnection;
  readonly #events: LinkEvents;
  #state: LinkState = { kind: 'connecting' };
  /** Ends the present wait. */
  #wake: () => void = () => {};
  /** Set when the pane has been closed. */
  #ended = false;
  #restarting = false;
  /** Number of connections so far. */
  #opened = 0;

  constructor({ url, key }: HubPlace, events: LinkEvents) {
    this.#events = events;
    this.hub = new signalR.HubConnectionBuilder()
      .withUrl(url, key === undefined ? {} : { accessTokenFactory: () => key })
      .withStatefulReconnect()
      .withAutomaticReconnect({
        nextRetryDelayInMilliseconds: ({ previousRetryCount }) => this.#wait(previousRetryCount, () => this.#restart()),
      })
      // The page itself shows errors.
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

  /** Whether a call can be sent now; the user's name may not be set yet. */
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
      } catch (error) {
        if (isRefusal(error)) {
          this.#set({ kind: 'refused' });
          return;
        }
        if (!this.#ended) await this.#pause(failures);
      }
    }
  }

  /** Tries again at once instead of waiting. A connection that the server has ended stays ended. */
  retryNow(): void {
    if (this.#state.kind === 'waiting' && performance.now() < this.#state.until) this.#wake();
  }

  /** Connects at once, on request of the user. */
  connect(): void {
    if (['disconnected', 'refused'].includes(this.#state.kind)) void this.start();
    else this.retryNow();
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
    // Meanwhile the connection may have been lost, or another one may have replaced it.
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

  /** Stops and starts the client, because the official client cannot shorten its wait. */
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

/** Whether a negotiation was refused for want of a credential. The official client has the status in its text only. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /\b401\b/.test(error.message);
}
