import type { Transport, TransportEnd, TransportListener } from '../transports/transport.ts';

/** Who has a transport now, and may have another one later. */
export interface Attached extends TransportListener {
  readonly transport: Transport;
}

/** Listens to one transport for a connection as long as the connection has it: what it tells after that concerns nobody. */
export class AttachedTransport implements TransportListener {
  readonly #connection: Attached;
  readonly #transport: Transport;

  constructor(connection: Attached, transport: Transport) {
    this.#connection = connection;
    this.#transport = transport;
  }

  received(chunk: Buffer): void {
    if (this.#isCurrent) this.#connection.received(chunk);
  }
  holding(bytes: number): void {
    if (this.#isCurrent) this.#connection.holding(bytes);
  }
  drained(): void {
    if (this.#isCurrent) this.#connection.drained();
  }
  endRequested(): void {
    if (this.#isCurrent) this.#connection.endRequested();
  }
  closed(end: TransportEnd): void {
    if (this.#isCurrent) this.#connection.closed(end);
  }

  get #isCurrent(): boolean {
    return this.#connection.transport === this.#transport;
  }
}
