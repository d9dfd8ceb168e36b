/** The one listener of a signal, and the callbacks that it runs. */
interface SharedListener {
  readonly runs: Set<() => void>;
  readonly listener: () => void;
}

const sharedListeners = new WeakMap<AbortSignal, SharedListener>();

/**
 * Runs a callback when a signal fires. A signal gets one listener, however many callbacks it has: many invocations may
 * share a signal, and Node warns of a leak at the eleventh listener.
 *
 * @param run Must not throw. Each call needs a function of its own.
 * @returns a function that removes the callback, and with the last one the listener.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const shared = sharedListeners.get(signal) ?? begin(signal);
  shared.runs.add(run);
  return () => {
    if (!shared.runs.delete(run) || shared.runs.size > 0) return;
    sharedListeners.delete(signal);
    signal.removeEventListener('abort', shared.listener);
  };
}

function begin(signal: AbortSignal): SharedListener {
  const runs = new Set<() => void>();
  const listener = (): void => {
    for (const run of runs) run();
  };
  const shared = { runs, listener };
  sharedListeners.set(signal, shared);
  signal.addEventListener('abort', listener);
  return shared;
}
