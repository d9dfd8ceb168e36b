import type { NamedMethod } from '../../hub/dispatcher.ts';
import { type Deferred, defer } from '../../promises.ts';
import { errorTexts } from '../../protocol/error-texts.ts';
import { StreamSource } from './stream-source.ts';

/** Where a stream writes. */
export interface StreamSink {
  /** Whether anybody reads what is written. */
  readonly isOpen: boolean;
  /** @throws {SerializationError} */
  item(invocationId: string, item: unknown): void;
  /** The end; without an error all is well. */
  completed(invocationId: string, error?: string): void;
  /** Nothing of the client has this id any more. */
  idEnded(id: string): void;
  /** The method failed before there was a stream. */
  fail(invocationId: string, method: NamedMethod, error: unknown): void;
  /** The stream failed on its way. */
  streamFailed(invocationId: string, method: NamedMethod, error: unknown): void;
  /** The method of a stream has returned something else. */
  notIterable(method: NamedMethod): void;
  /** An item of an upload that does not fit. */
  itemRefused(method: NamedMethod, error: unknown): void;
  /** The stream failed, but its end had been said before. */
  streamFailedLate(method: NamedMethod, error: unknown): void;
}

/** Whom a stream belongs to. */
export interface StreamOwner {
  /** undefined: the client has room for an item, and it is this connection's turn. */
  room(): Promise<void> | undefined;
  /** The client has been told of its end: its id is free. */
  ended(stream: Stream): void;
}

/** Runs the method of a stream. It tells `ran` what the method returns when filters stand around it, and may throw. */
export type RunStream = (ran: (returned: unknown) => void) => unknown;

/** One stream to the client: asks the method's iterator for the next item when there is room for it, until one of both ends. */
export class Stream {
  readonly invocationId: string;
  readonly #method: NamedMethod;
  readonly #sink: StreamSink;
  readonly #owner: StreamOwner;
  readonly #released: Deferred<void> = defer();
  readonly #source: StreamSource;
  /** Its end has been said: exactly once, whatever else happens. */
  #isEnded = false;
  /** The method has returned: before, there is nothing to let go of. */
  #hasRun = false;
  /** The source has been told, and says itself when it is done. */
  #isReleasing = false;

  constructor(invocationId: string, method: NamedMethod, sink: StreamSink, owner: StreamOwner) {
    this.invocationId = invocationId;
    this.#method = method;
    this.#sink = sink;
    this.#owner = owner;
    this.#source = new StreamSource((error) => sink.streamFailedLate(method, error));
  }

  /** @returns when the method has let go of the stream, which may be after its end. Never rejects. */
  play(run: RunStream): Promise<void> {
    this.#play(run);
    return this.#released.promise;
  }

  /** Nobody wants the rest. */
  stop(error?: string): void {
    if (this.#isEnded) return;
    this.#complete(error);
    if (this.#hasRun) this.#release();
  }

  async #play(run: RunStream): Promise<void> {
    if (await this.#begin(run)) await this.#pump();
    else this.#release();
    if (!this.#isReleasing) this.#released.resolve();
  }

  /** @returns whether there is anything to ask for items, and somebody to send them to: perhaps everybody has left by now. */
  async #begin(run: RunStream): Promise<boolean> {
    let made: unknown;
    try {
      made = await run(this.#source.ran);
      this.#hasRun = true;
    } catch (error) {
      this.#failWith(error, () => this.#sink.fail(this.invocationId, this.#method, error));
      return false;
    }
    try {
      if (!this.#source.open(made)) {
        this.#sink.notIterable(this.#method);
        if (!this.#isEnded) this.#complete(errorTexts.notIterable(this.#method.name));
        return false;
      }
    } catch (error) {
      this.#fail(error);
    }
    return !this.#isEnded;
  }

  async #pump(): Promise<void> {
    try {
      while (!this.#isEnded) {
        const { done, value } = await this.#source.next();
        if (done === true) {
          if (!this.#isEnded) this.#complete();
          return;
        }
        let room = this.#owner.room();
        while (room !== undefined && !this.#isEnded) {
          await room;
          room = this.#owner.room();
        }
        if (!this.#isEnded) this.#write(value);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #write(item: unknown): void {
    try {
      this.#sink.item(this.invocationId, item);
    } catch (error) {
      this.#fail(error);
      this.#release();
    }
  }

  /** Nobody asks for more. */
  #release(): void {
    const closed = this.#source.release();
    if (closed === undefined) return;
    this.#isReleasing = true;
    closed.then(() => this.#released.resolve());
  }

  #complete(error?: string): void {
    this.#isEnded = true;
    this.#owner.ended(this);
    this.#sink.completed(this.invocationId, error);
  }

  #fail(error: unknown): void {
    this.#failWith(error, () => this.#sink.streamFailed(this.invocationId, this.#method, error));
  }

  #failWith(error: unknown, write: () => void): void {
    if (this.#isEnded) {
      this.#sink.streamFailedLate(this.#method, error);
      return;
    }
    this.#isEnded = true;
    this.#owner.ended(this);
    write();
  }
}
