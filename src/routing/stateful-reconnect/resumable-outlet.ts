import type { Transport } from '../../transports/transport.ts';
import type { Outlet } from '../lane-parts.ts';

/** The outlet to a client that may come back: for a time there may be no transport, and then another one. */
export class ResumableOutlet implements Outlet {
  #transport: Transport | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get buffered(): number {
    return this.#transport?.buffered ?? 0;
  }
  get progress(): number {
    return this.#transport?.progress ?? 0;
  }
  /** Nobody is stalled who is not there. */
  get isAttached(): boolean {
    return this.#transport !== undefined;
  }

  write(frame: Buffer): void {
    this.#transport?.write(frame);
  }

  detach(): void {
    this.#transport = undefined;
  }

  attach(transport: Transport): void {
    this.#transport = transport;
  }
}
