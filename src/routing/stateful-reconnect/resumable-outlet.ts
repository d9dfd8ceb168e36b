import type { Transport } from '../../transports/transport.ts';
import type { Outlet } from '../lane-parts.ts';

/** The outlet of a ResumableLane: for a time it may have no transport, and then another one. */
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
  /** Without a transport no stall is counted. */
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
