import type { Framing, Transport, TransportListener } from '../transports/transport.ts';
import type { Watch } from './watch.ts';
import { actorMessage, type InspectedActor } from './wire.ts';

/** Below so many bytes that the kernel has not taken, the replay goes on. */
export const HIGH_WATER_BYTES = 65_536;
/** An inspector for which more than this waits does not keep up. */
const LIMIT_BYTES = 1_048_576;
/** So many actors are shown at once; the others when something happens to them. */
export const MAXIMUM_REPLAY = 1_000;

/** Whom an attached inspector tells. */
export interface ClientOwner {
  readonly rootId: string;
  /** It does not keep up, or is gone already. */
  left(client: InspectorClient, why: 'slow' | 'gone'): void;
  /** More actors are alive than are shown at once. */
  truncated(client: InspectorClient): void;
  /** Something of ours has thrown. */
  failed(error: unknown): void;
}

/**
 * One attached inspector. Nothing is said about an actor before the actor itself has been shown, whether it lived already
 * when the inspector came, was made later, or stood too far behind in the replay. So there is no moment at which replay and
 * live events could get into each other's way.
 */
export class InspectorClient implements TransportListener {
  /** How many messages it has been sent. */
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
    this.#framing = transport.framing('Text');
    this.#owner = owner;
  }

  /** Begins to show what lives already. */
  begin(living: Iterator<InspectedActor>): void {
    this.#transport.listen(this);
    this.#replay = living;
    this.drained();
  }

  show(actor: InspectedActor): void {
    if (this.#shown.has(actor)) return;
    this.#shown.add(actor);
    this.send(actorMessage(actor, this.#owner.rootId));
  }

  send(message: Buffer): void {
    this.sent += 1;
    this.#transport.write(this.#framing.frame([message], message.length));
    if (this.#transport.buffered > LIMIT_BYTES) this.#owner.left(this, 'slow');
  }

  /** Says why and hangs up, without waiting for an answer. */
  close(code: number): void {
    this.#transport.close(code);
    this.#transport.terminate();
  }
  terminate(): void {
    this.#transport.terminate();
  }

  /** Shows as many more as fit without waiting: the replay never fills the buffer by itself. */
  drained(): void {
    try {
      while (this.#replay !== undefined && this.#transport.buffered < HIGH_WATER_BYTES) this.#showNext(this.#replay);
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  /** Inspectors look on; what they say is not heard. */
  received(): void {}
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
