import type { NamedMethod } from '../../hub/dispatcher.ts';
import { type Deferred, defer } from '../../promises.ts';
import { errorTexts } from '../../protocol/error-texts.ts';
import { StreamSource } from './stream-source.ts';

/** Receiver of what streams write. */
export interface StreamSink {
  /** Whether the lane is open; otherwise nothing is written. */
  readonly isOpen: boolean;
  /** Writes an item. @throws {SerializationError} */
  item(invocationId: string, item: unknown): void;
  /** Writes the end of a stream. Without an error it has succeeded. */
  completed(invocationId: string, error?: string): void;
  /** Records that the id of an upload is free again. */
  idEnded(id: string): void;
  /** Writes that the method failed before there was a stream. */
  fail(invocationId: string, method: NamedMethod, error: unknown): void;
  /** Writes that the stream failed. */
  streamFailed(invocationId: string, method: NamedMethod, error: unknown): void;
  /** Logs that the method of a stream has returned no AsyncIterable. */
  notIterable(method: NamedMethod): void;
  /** Logs that an upload item does not fit its schema. */
  itemRefused(method: NamedMethod, error: unknown): void;
  /** Logs that the stream failed after its end had been written. */
  streamFailedLate(method: NamedMethod, error: unknown): void;
}

/** Callbacks of a Stream. */
export interface StreamOwner {
  /** Resolves when the next item may be written; undefined: it may be written now. */
  room(): Promise<void> | undefined;
  /** The end of the stream has been written, or is about to be: its id is free. */
  ended(stream: Stream): void;
}

/** Runs the method of a stream. `ran` is called with each result that a filter gets. May throw. */
export type RunStream = (ran: (returned: unknown) => void) => unknown;

/** One stream to the client. It asks the method's iterator for the next item when there is room for it. */
export class Stream {
  readonly invocationId: string;
  readonly #method: NamedMethod;
  readonly #sink: StreamSink;
  readonly #owner: StreamOwner;
  readonly #released: Deferred<void> = defer();
  readonly #source: StreamSource;
  /** Whether the end has been written: that happens exactly once. */
  #isEnded = false;
  /** Whether the method has returned: before, there is nothing to release. */
  #hasRun = false;
  /** Whether the source is closing; it resolves a promise when it is closed. */
  #isReleasing = false;

  constructor(invocationId: string, method: NamedMethod, sink: StreamSink, owner: StreamOwner) {
    this.invocationId = invocationId;
    this.#method = method;
    this.#sink = sink;
    this.#owner = owner;
    this.#source = new StreamSource((error) => sink.streamFailedLate(method, error));
  }

  /** Runs the stream. Resolves when its source is closed, which may be after its end. Never rejects. */
  play(run: RunStream): Promise<void> {
    this.#play(run);
    return this.#released.promise;
  }

  /** Writes the end now, and closes the source: the rest is not wanted. */
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

  /** @returns whether there is an iterator and the stream has not ended meanwhile. */
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

  /** Closes the source: no more items are asked for. */
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
