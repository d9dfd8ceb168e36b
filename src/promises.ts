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

/** A promise that need not be awaited: its rejection is no unhandled one. Whoever awaits it still gets the error. */
export function unawaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** A native promise for anything: a foreign thenable may call back twice, or at once, or throw at every touch. */
export function promiseOf(value: unknown): Promise<unknown> {
  return new Promise((resolve) => resolve(value));
}

/** Whether it has to be waited for. Authors may return any thenable, and objects of any shape. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
