import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { Transport } from '../transports/transport.ts';
import type { LaneParts, Outlet } from './lane-parts.ts';
import { Replay } from './replay.ts';

/** What the lane of a client that may come back asks its owner. */
export interface Hearing {
  /** Whether what the client says is read now: acknowledgements stand behind what it has sent before them. */
  readonly isHearing: boolean;
  /** It is not, because calls run that the next ones wait for. */
  readonly isHeldUp: boolean;
}

/** The outlet to a client that may come back: for a time there may be no transport, and then another one. */
export class ResumableOutlet implements Outlet {
  readonly replay: Replay;
  readonly #hearing: Hearing;
  readonly #highWaterBytes: number;
  #transport: Transport | undefined;
  #acknowledgements = 0;
  #isEnding = false;

  /** @param replayBytes So many bytes that the client has not acknowledged hold back what follows. */
  constructor({ transport, codec, limits }: LaneParts, hearing: Hearing, replayBytes: number) {
    this.#hearing = hearing;
    this.#transport = transport;
    this.#highWaterBytes = limits.highWaterBytes;
    this.replay = new Replay(codec, replayBytes);
  }

  get buffered(): number {
    return this.#transport?.buffered ?? 0;
  }
  /** A full socket has to take bytes; otherwise it is acknowledgements that have to come. */
  get progress(): number {
    return this.#acknowledgements + (this.isSlow ? (this.#transport?.progress ?? 0) : 0);
  }
  /** Nobody is stalled who is not there, or whose words wait for our calls. */
  get isAttached(): boolean {
    return this.hasTransport && (this.isSlow || !this.#hearing.isHeldUp);
  }
  get isSlow(): boolean {
    return this.buffered >= this.#highWaterBytes;
  }
  get hasTransport(): boolean {
    return this.#transport !== undefined;
  }
  /** Whether what follows has to wait for acknowledgements. */
  get isFull(): boolean {
    return !this.#isEnding && this.replay.isFull;
  }
  /** So many bytes more make it full; what crosses the limit still goes. */
  get room(): number {
    return this.#isEnding ? Number.POSITIVE_INFINITY : this.replay.room;
  }
  /** Whether the acknowledgement that would help stands behind calls that wait for their turn. */
  get isFullUnheard(): boolean {
    return this.isFull && !this.#hearing.isHearing;
  }

  write(frame: Buffer): void {
    this.#transport?.write(frame);
  }

  /** Numbers what is written now. @returns how many of them are kept until there is a transport. */
  number(messages: readonly EncodedMessage[]): number {
    if (this.#isEnding) return 0;
    const before = this.replay.unwritten;
    for (const message of messages) this.replay.add(message, this.hasTransport);
    return this.replay.unwritten - before;
  }

  /** @returns whether the client has got anything new. */
  acknowledge(number: number): boolean {
    if (!this.replay.acknowledge(number)) return false;
    this.#acknowledgements += 1;
    return true;
  }

  detach(): void {
    this.#transport = undefined;
  }

  attach(transport: Transport): void {
    this.#transport = transport;
  }

  /** Nothing is sent again any more, so nothing has to wait for it. */
  finish(): void {
    this.#isEnding = true;
  }
}
