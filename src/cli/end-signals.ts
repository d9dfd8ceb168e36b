import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { systemClock } from '../clock.ts';

/** Signals for which there is a handler. Without one, the first three end a process, and PID 1 does not get them. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * Milliseconds in which a second signal of a terminal belongs to the first. Ctrl-C goes to every program of a terminal,
 * and npm may pass it on; when a terminal is closed, the system and the shell may both send SIGHUP.
 */
const SAME_KEY_MS = 500;

/** The world outside of the signals. */
export interface SignalsOutside {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Ends the process at once. */
  end(signal: Signal): void;
}

/**
 * The signals that ask the process to end. The first asks it to drain, also when it comes during the start. The second
 * ends it at once. SIGHUP is one of these when standard input is a terminal, which is closed then; otherwise it asks a
 * daemon to read its files again.
 */
export class EndSignals {
  /** Resolves at the first signal. */
  readonly requested: Promise<void>;
  readonly #hasTerminal: boolean;
  readonly #outside: SignalsOutside;
  #request: () => void = () => {};
  #first: { readonly signal: Signal; readonly at: number } | undefined;
  #isDrainable = true;
  #reload: (() => void) | undefined;
  #isReloadWaiting = false;

  /** @param hasTerminal Whether standard input was a terminal at the start: one that is closed is none any more. */
  constructor(hasTerminal: boolean, outside: SignalsOutside) {
    this.#hasTerminal = hasTerminal;
    this.#outside = outside;
    this.requested = new Promise((resolve) => {
      this.#request = resolve;
    });
  }

  received(signal: Signal): void {
    if (signal === 'SIGHUP' && !this.#hasTerminal) {
      this.#isReloadWaiting = true;
      this.#reloadWaiting();
    } else if (this.#first === undefined) {
      this.#first = { signal, at: this.#outside.now() };
      if (this.#isDrainable) this.#request();
      else this.#outside.end(signal);
    } else if (!this.#isSameKey(signal, this.#first.at)) this.#outside.end(signal);
  }

  /** The running command has nothing to drain: the first signal ends it at once, also one that has come already. */
  endAtOnce(): void {
    this.#isDrainable = false;
    if (this.#first !== undefined) this.#outside.end(this.#first.signal);
  }

  /** @param reload Called for each SIGHUP that asks for it; at once when there was one during the start. */
  onReload(reload: () => void): void {
    this.#reload = reload;
    this.#reloadWaiting();
  }

  #reloadWaiting(): void {
    if (this.#reload === undefined || !this.#isReloadWaiting) return;
    this.#isReloadWaiting = false;
    this.#reload();
  }

  #isSameKey(signal: Signal, first: number): boolean {
    return this.#hasTerminal && signal !== 'SIGTERM' && this.#outside.now() - first < SAME_KEY_MS;
  }
}

/** Handles the signals of this process from now on. They do not keep it alive. */
export function handleSignals(): EndSignals {
  const signals = new EndSignals(isatty(0), { now: () => systemClock.now(), end: endProcess });
  for (const signal of SIGNALS) process.on(signal, () => signals.received(signal));
  return signals;
}

/** Ends the process as the signal would have ended it, whatever it does: exit code 128 + n, as shells have it. */
function endProcess(signal: Signal): void {
  // The system keeps from PID 1 every signal without a handler, so it has to exit by itself.
  if (process.pid === 1) process.exit(128 + constants.signals[signal]);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
