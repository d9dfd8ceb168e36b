/** Those who wait for one signal, and the one listener that it has for all of them. */
interface Waiting {
  readonly runs: Set<() => void>;
  readonly listener: () => void;
}

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Runs something when a signal fires, with one listener however many wait: many questions may share a signal, and Node takes
 * the eleventh listener for a leak, and warns.
 *
 * @param run Must not throw, and is another function for each who waits.
 * @returns the opposite: with the last one who waits the listener goes, too.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const waiting = waitingFor.get(signal) ?? begin(signal);
  waiting.runs.add(run);
  return () => {
    if (!waiting.runs.delete(run) || waiting.runs.size > 0) return;
    waitingFor.delete(signal);
    signal.removeEventListener('abort', waiting.listener);
  };
}

function begin(signal: AbortSignal): Waiting {
  const runs = new Set<() => void>();
  const listener = (): void => {
    for (const run of runs) run();
  };
  const waiting = { runs, listener };
  waitingFor.set(signal, waiting);
  signal.addEventListener('abort', listener);
  return waiting;
}
