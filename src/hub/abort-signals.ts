/**
 * The signals of `hub.signal` that fire at the end of their connection: one for each call that asked for one. They are
 * held weakly: a connection that lives for months keeps nothing of finished calls, and a job that still holds a signal
 * gets it. (`AbortSignal.any` would do the same, but in Node 20 it leaks a little memory for each signal.)
 */
export class AbortSignals {
  /** Made for the first signal: most connections never have one. */
  #live: Set<WeakRef<AbortController>> | undefined;
  /** Keeps a controller alive as long as its signal is referenced. */
  static readonly #controllers = new WeakMap<AbortSignal, AbortController>();
  static readonly #collected = new FinalizationRegistry<() => void>((forget) => forget());
  #ended: { readonly reason: unknown } | undefined;

  create(): AbortController {
    const controller = new AbortController();
    if (this.#ended !== undefined) {
      controller.abort(this.#ended.reason);
      return controller;
    }
    const held = new WeakRef(controller);
    this.#live ??= new Set();
    this.#live.add(held);
    AbortSignals.#controllers.set(controller.signal, controller);
    AbortSignals.#collected.register(controller, () => this.#live?.delete(held));
    return controller;
  }

  /**
   * Fires all signals. Errors of listeners are reported by Node, as for every EventTarget, and stop no other listener.
   */
  fire(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason };
    for (const held of this.#live ?? []) held.deref()?.abort(reason);
    this.#live = undefined;
  }
}
