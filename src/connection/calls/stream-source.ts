import { ReadableStream } from 'node:stream/web';
import { promiseOf } from '../../promises.ts';

/** The iterable that a method has returned for a stream. It is closed at the end, whether it was read or not. */
export class StreamSource {
  readonly #failed: (error: unknown) => void;
  /** Results that filters got; undefined: none. */
  #beneath: unknown[] | undefined;
  #made: unknown;
  #iterator: AsyncIterator<unknown> | undefined;

  /** @param failed Called with the error when closing throws or rejects. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Records the result of the method before a filter gets it. */
  readonly ran = (returned: unknown): void => {
    this.#beneath ??= [];
    this.#beneath.push(returned);
  };

  /** Gets the iterator. @returns false when it is not iterable. @throws the errors of its own code. */
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
   * Closes the iterator with `return()`: no more items are asked for. A generator ends where it stands.
   *
   * @returns a promise that resolves when it is closed; undefined: there is nothing to wait for. Never throws or
   * rejects.
   */
  release(): Promise<void> | undefined {
    const closing = this.#close();
    // The generator of a filter does nothing at `return()` if it has not begun, or waits for an item.
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

  /** @param returned May be a promise; the filter handles its rejection. */
  async #closeBeneath(returned: unknown): Promise<void> {
    const made = await promiseOf(returned).catch(() => undefined);
    if (made === this.#made && this.#iterator !== undefined) return;
    // The filter reads it, and cancels it at its own end.
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
 * The iterator of an iterable. For a web stream it is made of a reader, which cancels at once: the stream's own
 * iterator queues `return()` behind the item that it waits for, which may never come.
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
 * Destroys a `Readable` of Node, or of the package readable-stream. Its iterator is a generator: before its first item,
 * and while it waits for one, `return()` leaves the stream as it is.
 */
function destroyStream(made: unknown): void {
  const { destroy, pipe } = made as { readonly destroy?: unknown; readonly pipe?: unknown };
  if (typeof destroy === 'function' && typeof pipe === 'function') Reflect.apply(destroy, made, []);
}
