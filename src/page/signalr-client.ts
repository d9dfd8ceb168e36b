import type { HubConnection } from '@microsoft/signalr';
import { type Client, type HubPlace, RefusedError } from './client.ts';

/** The official client's browser bundle is a classic script, which index.html loads first. */
declare const signalR: typeof import('@microsoft/signalr');

/** The official client. After a short break it resumes its connection by stateful reconnect: the hub does not notice. */
export class SignalRClient implements Client {
  readonly label = '';
  readonly #connection: HubConnection;

  constructor({ url, key }: HubPlace, ended: (mayReturn: boolean) => void) {
    let mayReturn = false;
    this.#connection = new signalR.HubConnectionBuilder()
      .withUrl(url, key === undefined ? {} : { accessTokenFactory: () => key })
      .withStatefulReconnect()
      .withAutomaticReconnect({
        // The official client asks only after a loss, not when the server ended the connection for good. It does not
        // reconnect by itself, because its wait could not be shortened.
        nextRetryDelayInMilliseconds: () => {
          mayReturn = true;
          return null;
        },
      })
      // The page itself shows errors.
      .configureLogging(signalR.LogLevel.None)
      .build();
    this.#connection.onclose(() => {
      ended(mayReturn);
      mayReturn = false;
    });
  }

  get isOpen(): boolean {
    return this.#connection.state === signalR.HubConnectionState.Connected;
  }

  async start(): Promise<void> {
    try {
      await this.#connection.start();
    } catch (error) {
      throw isRefusal(error) ? new RefusedError() : error;
    }
  }

  stop(): Promise<void> {
    return this.#connection.stop();
  }

  on(method: string, run: (...args: never[]) => void): void {
    this.#connection.on(method, run);
  }

  invoke<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.#connection.invoke(method, ...args);
  }

  send(method: string, ...args: readonly unknown[]): Promise<void> {
    return this.#connection.send(method, ...args);
  }
}

/** Whether a negotiation was refused for want of a credential. The official client has the status in its text only. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /\b401\b/.test(error.message);
}
