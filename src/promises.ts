/** A promise that is settled from outside. (`Promise.withResolvers` came with Node 22.) */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function defer<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((succeed, fail) => {
    resolve = succeed;
    reject = fail;
  });
  return { promise, resolve, reject };
}

/** Marks the rejection of a promise as handled, so that it need not be awaited. `await` still throws the error. */
export function unawaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/**
 * Does the work within the call. The promise has its result, or rejects with what it throws, and need not be awaited.
 */
export function promised<T>(work: () => T | Promise<T>): Promise<T> {
  return unawaited(new Promise((resolve) => resolve(work())));
}

/**
 * A native promise for any value. A foreign thenable may call back twice, or synchronously, or throw at every access.
 */
export function promiseOf(value: unknown): Promise<unknown> {
  return new Promise((resolve) => resolve(value));
}

/** Whether a value is a thenable. Authors may return any thenable, and objects of any shape. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
