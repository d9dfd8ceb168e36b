import type { NamedMethod } from '../hub/dispatcher.ts';
import { type Deferred, defer, promiseOf } from '../promises.ts';
import { errorTexts } from '../protocol/error-texts.ts';

/** Where a stream writes. */
export interface StreamSink {
  /** Whether anybody reads what is written. */
  readonly isHeard: boolean;
  /** Resolves when the client keeps up; undefined: it does. */
  relief(): Promise<void> | undefined;
  /** @throws {SerializationError} */
  item(invocationId: string, item: unknown): void;
  /** The end; without an error all is well. */
  completed(invocationId: string, error?: string): void;
  /** Nothing of the client has this id any more. */
  over(id: string): void;
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

/** One stream to the client: asks the method's iterator for the next item when there is room for it, until one of both ends. */
export class Stream {
  readonly invocationId: string;
  readonly #method: NamedMethod;
  readonly #sink: StreamSink;
  readonly #owner: StreamOwner;
  readonly #released: Deferred<void> = defer();
  #iterator: AsyncIterator<unknown> | undefined;
  /** Its end has been said: exactly once, whatever else happens. */
  #isOver = false;
  /** The iterator has been told, and says itself when it is done. */
  #isLettingGo = false;

  constructor(invocationId: string, method: NamedMethod, sink: StreamSink, owner: StreamOwner) {
    this.invocationId = invocationId;
    this.#method = method;
    this.#sink = sink;
    this.#owner = owner;
  }

  /** @returns when the method has let go of the stream, which may be after its end. Never rejects. */
  play(run: () => unknown): Promise<void> {
    this.#play(run);
    return this.#released.promise;
  }

  /** Nobody wants the rest. */
  stop(error?: string): void {
    if (this.#isOver) return;
    this.#complete(error);
    this.#letGo();
  }

  async #play(run: () => unknown): Promise<void> {
    if (await this.#begin(run)) await this.#pump(this.#iterator as AsyncIterator<unknown>);
    if (!this.#isLettingGo) this.#released.resolve();
  }

  /** @returns whether there is anything to ask for items. */
  async #begin(run: () => unknown): Promise<boolean> {
    let made: Partial<AsyncIterable<unknown>> | null | undefined;
    try {
      made = (await run()) as typeof made;
      if (typeof made?.[Symbol.asyncIterator] !== 'function') {
        this.#sink.notIterable(this.#method);
        if (!this.#isOver) this.#complete(errorTexts.notIterable(this.#method.name));
        return false;
      }
    } catch (error) {
      this.#over(error, () => this.#sink.fail(this.invocationId, this.#method, error));
      return false;
    }
    if (this.#isOver) return false;
    try {
      this.#iterator = (made as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  async #pump(iterator: AsyncIterator<unknown>): Promise<void> {
    try {
      while (!this.#isOver) {
        const { done, value } = await iterator.next();
        if (done === true) {
          if (!this.#isOver) this.#complete();
          return;
        }
        let room = this.#owner.room();
        while (room !== undefined && !this.#isOver) {
          await room;
          room = this.#owner.room();
        }
        if (!this.#isOver) this.#write(value);
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
      this.#letGo();
    }
  }

  /** Tells the iterator that nobody asks for more. A generator ends where it stands; others may have nothing to do. */
  #letGo(): void {
    const iterator = this.#iterator;
    try {
      if (typeof iterator?.return !== 'function') return;
      this.#isLettingGo = true;
      promiseOf(iterator.return() as PromiseLike<unknown>)
        .catch((error: unknown) => this.#sink.streamFailedLate(this.#method, error))
        .then(() => this.#released.resolve());
    } catch (error) {
      this.#isLettingGo = false;
      this.#sink.streamFailedLate(this.#method, error);
    }
  }

  #complete(error?: string): void {
    this.#isOver = true;
    this.#owner.ended(this);
    this.#sink.completed(this.invocationId, error);
  }

  #fail(error: unknown): void {
    this.#over(error, () => this.#sink.streamFailed(this.invocationId, this.#method, error));
  }

  #over(error: unknown, say: () => void): void {
    if (this.#isOver) {
      this.#sink.streamFailedLate(this.#method, error);
      return;
    }
    this.#isOver = true;
    this.#owner.ended(this);
    say();
  }
}
