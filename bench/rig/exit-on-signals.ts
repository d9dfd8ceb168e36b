import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Lets these signals end the process with its event `exit`, in which processes that it has started are ended. */
export function exitOnSignals(): void {
  // Not only once: npm passes a signal on, so that Ctrl-C arrives twice, also while the process is about to exit.
  for (const signal of SIGNALS) process.on(signal, () => process.exit(128 + constants.signals[signal]));
}
