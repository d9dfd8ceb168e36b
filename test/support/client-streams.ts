// Streams of the official client.
import { type IStreamResult, Subject } from '@microsoft/signalr';

/** A subscriber that does nothing. */
export const nothing = { next() {}, error() {}, complete() {} };

/** Resolves with everything that a subscriber receives of a stream until its end. */
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

/** An upload of a client, which sends these items when it is subscribed to. */
export function subjectOf<T>(...items: readonly T[]): Subject<T> {
  const subject = new Subject<T>();
  setImmediate(() => {
    for (const item of items) subject.next(item);
    subject.complete();
  });
  return subject;
}
