import { ReadableStream } from 'node:stream/web';
import { promiseOf } from '../../promises.ts';

/** What a method has made for a stream, until nobody wants it any more: whatever was made is closed, read or not. */
export class StreamSource {
  readonly #failed: (error: unknown) => void;
  /** What the method made beneath its filters, if there are any. */
  #beneath: unknown[] | undefined;
  #made: unknown;
  #iterator: AsyncIterator<unknown> | undefined;

  /** @param failed Hears what closing throws, or rejects with. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** The method has run, and a filter gets what it returned. */
  readonly ran = (returned: unknown): void => {
    this.#beneath ??= [];
    this.#beneath.push(returned);
  };

  /** @returns false when nothing can be read from it. May throw what it throws. */
  open(made: unknown): boolean {
    this.#made = made;
    if (typeof (made as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] !== 'function') {
      return false;
    }
    this.#iterator = iteratorOf(made as AsyncIterable<unknown>);
    return true;
  }

  next(): Promise<IteratorResult<unknown>> {
    return (this.#iterator as AsyncIterator<unknown>).next();
  }

  /**
   * Nobody asks for more: `return()` is called. A generator ends where it stands; others may have nothing to do.
   *
   * @returns when it is closed; undefined when there is nothing to wait for. Never throws or rejects.
   */
  release(): Promise<void> | undefined {
    const closing = this.#close();
    // A filter's generator that has not begun, or waits for an item, does nothing at its `return()`.
    for (const returned of this.#beneath ?? []) closing.push(this.#closeBeneath(returned));
    return closing.length === 0 ? undefined : Promise.all(closing).then(() => {});
  }

  #close(): Promise<unknown>[] {
    const iterator = this.#iterator;
    if (iterator === undefined) return [];
    try {
      const closed = typeof iterator.return === 'function' ? [promiseOf(iterator.return())] : [];
      destroyStream(this.#made);
      return closed.map((promise) => promise.catch(this.#failed));
    } catch (error) {
      this.#failed(error);
      return [];
    }
  }

  /** @param returned A promise perhaps; the filter has seen what it rejects with. */
  async #closeBeneath(returned: unknown): Promise<void> {
    const made = await promiseOf(returned).catch(() => undefined);
    if (made === this.#made && this.#iterator !== undefined) return;
    // The filter reads it, and cancels it when it is done.
    if (made instanceof ReadableStream && made.locked) return;
    const unread = new StreamSource(this.#failed);
    try {
      if (unread.open(made)) await unread.release();
    } catch (error) {
      this.#failed(error);
    }
  }
}

/**
 * As everywhere, except for a web stream: its own iterator puts `return()` behind the item that it waits for, which may never
 * come, while a reader cancels at once.
 */
function iteratorOf(made: AsyncIterable<unknown>): AsyncIterator<unknown> {
  if (!(made instanceof ReadableStream)) return made[Symbol.asyncIterator]();
  const reader = made.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

/**
 * The iterator of a `Readable` of Node, or of the package readable-stream, is a generator: before its first item, and while it
 * waits for one, its `return()` leaves the stream as it is.
 */
function destroyStream(made: unknown): void {
  const { destroy, pipe } = made as { readonly destroy?: unknown; readonly pipe?: unknown };
  if (typeof destroy === 'function' && typeof pipe === 'function') Reflect.apply(destroy, made, []);
}
