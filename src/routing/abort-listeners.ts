/** Those who wait for one signal, and the one listener that it has for all of them. */
interface SharedListener {
  readonly runs: Set<() => void>;
  readonly listener: () => void;
}

const sharedListeners = new WeakMap<AbortSignal, SharedListener>();

/**
 * Runs something when a signal fires, with one listener however many wait: many questions may share a signal, and Node takes
 * the eleventh listener for a leak, and warns.
 *
 * @param run Must not throw, and is another function for each who waits.
 * @returns the opposite: with the last one who waits the listener goes, too.
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
