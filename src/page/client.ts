/** Address of the hub, and the key that opens it, if there is one. */
export interface HubPlace {
  readonly url: string;
  readonly key: string | undefined;
}

/** The hub, as the page calls it and is called by it. */
export interface Hub {
  /** Registers the function for a method that the hub calls. */
  on(method: string, run: (...args: never[]) => void): void;
  /** Calls a method of the hub. Rejects with the hub's error text, or when the connection ends before the answer. */
  invoke<T>(method: string, ...args: readonly unknown[]): Promise<T>;
  /** Calls a method of the hub without waiting for an answer. */
  send(method: string, ...args: readonly unknown[]): Promise<void>;
}

/** A client of the hub, which has one connection after the other. */
export interface Client extends Hub {
  /** Text that a pane shows about it; empty for none. */
  readonly label: string;
  /** Whether a call can be sent now. */
  readonly isOpen: boolean;
  /** Opens a connection. Rejects with a `RefusedError` if the server wants a key that it knows. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param ended Called when an open connection has ended; `mayReturn` is false if the server ended it for good. */
export type ClientClass = new (place: HubPlace, ended: (mayReturn: boolean) => void) => Client;

/** The server lets nobody in without a key that it knows. */
export class RefusedError extends Error {}
