import type { Transport, TransportEnd, TransportListener } from '../transports/transport.ts';

/**
 * The current transport of a connection. With stateful reconnect another one may replace it. Callbacks of a replaced
 * transport are ignored.
 */
export class AttachedTransport {
  readonly #listener: TransportListener;
  readonly #mayBeReplaced: boolean;
  #current: Transport;
  #end: TransportEnd | undefined;
  #whenEnded: (() => void) | undefined;

  /** @param mayBeReplaced Whether stateful reconnect was negotiated. */
  constructor(transport: Transport, listener: TransportListener, mayBeReplaced: boolean) {
    this.#current = transport;
    this.#listener = listener;
    this.#mayBeReplaced = mayBeReplaced;
  }

  get current(): Transport {
    return this.#current;
  }

  /** End of the current transport; undefined while it is open. */
  get end(): TransportEnd | undefined {
    return this.#end;
  }

  /** Begins to listen to the current transport. */
  listen(): void {
    const listener = this.#listener;
    this.#current.listen(this.#mayBeReplaced ? new CurrentListener(this, this.#current, listener) : listener);
  }

  /** Replaces the current transport by another one, and closes it if it is open. Call `listen` afterwards. */
  replace(transport: Transport): void {
    const old = this.#end === undefined ? this.#current : undefined;
    this.#current = transport;
    this.#end = undefined;
    old?.close(1000);
  }

  /**
   * Closes the current transport. Resolves when it has ended: it terminates by itself when its client does not answer.
   */
  close(code: number): Promise<void> {
    if (this.#end !== undefined) return Promise.resolve();
    const ended = new Promise<void>((resolve) => {
      this.#whenEnded = resolve;
    });
    this.#current.close(code);
    return ended;
  }

  /** Records the end of the current transport. Its listener calls this. */
  ended(end: TransportEnd): void {
    this.#end = end;
    this.#whenEnded?.();
  }
}

/** Passes on the callbacks of one transport while it is the current one. */
class CurrentListener implements TransportListener {
  readonly #attached: AttachedTransport;
  readonly #transport: Transport;
  readonly #listener: TransportListener;

  constructor(attached: AttachedTransport, transport: Transport, listener: TransportListener) {
    this.#attached = attached;
    this.#transport = transport;
    this.#listener = listener;
  }

  received(chunk: Buffer, endsMessage: boolean, isBinary: boolean): void {
    if (this.#isCurrent) this.#listener.received(chunk, endsMessage, isBinary);
  }
  ponged(): void {
    if (this.#isCurrent) this.#listener.ponged();
  }
  holding(bytes: number): void {
    if (this.#isCurrent) this.#listener.holding(bytes);
  }
  drained(): void {
    if (this.#isCurrent) this.#listener.drained();
  }
  endRequested(): void {
    if (this.#isCurrent) this.#listener.endRequested();
  }
  closed(end: TransportEnd): void {
    if (this.#isCurrent) this.#listener.closed(end);
  }

  get #isCurrent(): boolean {
    return this.#attached.current === this.#transport;
  }
}
