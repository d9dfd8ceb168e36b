/**
 * The signals that fire when a connection ends: one for each call that asked for one. They are held weakly, so a
 * connection that lives for months keeps no trace of finished calls, while a job that still holds a signal is told.
 * (`AbortSignal.any` would say the same, but in Node 20 it leaves something behind for each signal made.)
 */
export class AbortSignals {
  /** Most connections never have one. */
  #live: Set<WeakRef<AbortController>> | undefined;
  /** Who holds the signal holds its controller. */
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

  /** Fires them all. What their listeners throw is reported by Node, as for every event target, and stops no other. */
  fire(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason };
    for (const held of this.#live ?? []) held.deref()?.abort(reason);
    this.#live = undefined;
  }
}
