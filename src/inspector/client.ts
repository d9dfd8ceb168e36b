import type { RecordLayout } from '../protocol/record-layout.ts';
import type { Framing, Transport, TransportListener } from '../transports/transport.ts';
import type { Watch } from './watch.ts';
import { actorMessage, type InspectedActor, type MessageOrigin } from './wire.ts';

/** The replay goes on while the kernel has fewer bytes to take than this. */
export const HIGH_WATER_BYTES = 65_536;
/** An inspector with more waiting bytes does not keep up. */
const LIMIT_BYTES = 1_048_576;
/** Number of actors that the replay shows; others are shown when something happens to them. */
export const MAXIMUM_REPLAY = 1_000;

/** An inspector reads each WebSocket message as one JSON text. */
const LAYOUT: RecordLayout = { transferFormat: 'Text', recordsPerMessage: 'one' };

/** Callbacks of an attached inspector to its owner. */
export interface ClientOwner {
  /** Origin of a message that is made now. */
  readonly origin: MessageOrigin;
  /** The inspector does not keep up, or has disconnected. */
  left(client: InspectorClient, why: 'slow' | 'gone'): void;
  /** More actors are alive than the replay shows. */
  truncated(client: InspectorClient): void;
  /** Our own code has thrown. */
  failed(error: unknown): void;
}

/**
 * One attached inspector. An actor is always shown before any event of it, whether it lived already when the inspector
 * attached, was made later, or comes late in the replay. So the replay and live events cannot conflict.
 */
export class InspectorClient implements TransportListener {
  /** Number of messages that were sent to it. */
  sent = 0;
  readonly watch: Watch;
  readonly #transport: Transport;
  readonly #framing: Framing;
  readonly #owner: ClientOwner;
  readonly #shown = new WeakSet<InspectedActor>();
  #replay: Iterator<InspectedActor> | undefined;
  #replayed = 0;

  constructor(transport: Transport, watch: Watch, owner: ClientOwner) {
    this.watch = watch;
    this.#transport = transport;
    this.#framing = transport.framing(LAYOUT);
    this.#owner = owner;
  }

  /** Begins to show the living actors. */
  begin(living: Iterator<InspectedActor>): void {
    this.#transport.listen(this);
    this.#replay = living;
    this.drained();
  }

  show(actor: InspectedActor): void {
    if (this.#shown.has(actor)) return;
    this.#shown.add(actor);
    this.send(actorMessage(actor, this.#owner.origin));
  }

  send(message: Buffer): void {
    this.sent += 1;
    this.#transport.write(this.#framing.frame([message], message.length));
    if (this.#transport.buffered > LIMIT_BYTES) this.#owner.left(this, 'slow');
  }

  /** Sends a close frame with the code and terminates, without waiting for an answer. */
  close(code: number): void {
    this.#transport.close(code);
    this.#transport.terminate();
  }
  terminate(): void {
    this.#transport.terminate();
  }

  /** Shows as many more actors as fit without waiting: the replay alone never fills the buffer. */
  drained(): void {
    try {
      while (this.#replay !== undefined && this.#transport.buffered < HIGH_WATER_BYTES) this.#showNext(this.#replay);
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  /** Messages of inspectors are ignored. */
  received(): void {}
  ponged(): void {}
  holding(): void {}
  endRequested(): void {}

  closed(): void {
    this.#owner.left(this, 'gone');
  }

  #showNext(replay: Iterator<InspectedActor>): void {
    const { done, value: actor } = replay.next();
    if (done === true) {
      this.#replay = undefined;
      return;
    }
    if (!this.watch.includes(actor) || !isAlive(actor)) return;
    if (this.#replayed === MAXIMUM_REPLAY) {
      this.#replay = undefined;
      this.#owner.truncated(this);
      return;
    }
    this.#replayed += 1;
    this.show(actor);
  }
}

function isAlive(actor: InspectedActor): boolean {
  return (actor.getSnapshot() as { readonly status?: unknown } | undefined)?.status === 'active';
}
