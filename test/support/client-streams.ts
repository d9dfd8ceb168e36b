// Streams as the official client has them.
import { type IStreamResult, Subject } from '@microsoft/signalr';

/** A subscriber that takes no notice. */
export const nothing = { next() {}, error() {}, complete() {} };

/** What a subscriber sees of a stream, until its end. */
export async function collect<T>(
  result: IStreamResult<T>,
): Promise<{ readonly items: readonly T[]; readonly error?: string }> {
  const items: T[] = [];
  return new Promise((resolve) => {
    result.subscribe({
      next: (item) => items.push(item),
      error: (error: Error) => resolve({ items, error: error.message }),
      complete: () => resolve({ items }),
    });
  });
}

/** A stream of the client's, which sends what it is given when it is subscribed to. */
export function subjectOf<T>(...items: readonly T[]): Subject<T> {
  const subject = new Subject<T>();
  setImmediate(() => {
    for (const item of items) subject.next(item);
    subject.complete();
  });
  return subject;
}
